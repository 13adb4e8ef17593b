// Tables that sort.

function sortable(table) {
  const heads = all("thead th", table),
    unsorted = all("tbody tr", table);
  heads.forEach((head, column) => {
    find("button", head).onclick = () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const compare = column ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b));
      // a variant without such a figure stays last
      const missing = (a, b) => (value(a) === undefined) - (value(b) === undefined);
      const order = (a, b) => missing(a, b) || (descending ? compare(b, a) : compare(a, b));
      find("tbody", table).append(...[...unsorted].sort(order)); // equal ones stay as they were at first
    };
  });
}
