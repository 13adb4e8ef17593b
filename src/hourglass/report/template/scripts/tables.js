// Tables that sort.

function sortable(table) {
  const heads = all("thead th", table),
    unsorted = all("tbody tr", table);
  heads.forEach((head, column) => {
    find("button", head).onclick = () => {
      // the best first, where more is better; then the other way round
      const first = head.dataset.better === "more" ? "descending" : "ascending";
      const descending = (head.getAttribute("aria-sort") === first) !== (first === "descending");
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
