// Sortable tables.

function sortable(table) {
  const heads = all("thead th", table),
    unsorted = all("tbody tr", table);
  heads.forEach((head, column) => {
    find("button", head).onclick = () => {
      // best first; the opposite order at the next click
      const first = head.dataset.better === "higher" ? "descending" : "ascending";
      const descending = (head.getAttribute("aria-sort") === first) !== (first === "descending");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const compare = column ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b));
      // variants without this metric stay last
      const missing = (a, b) => (value(a) === undefined) - (value(b) === undefined);
      const order = (a, b) => missing(a, b) || (descending ? compare(b, a) : compare(a, b));
      find("tbody", table).append(...[...unsorted].sort(order)); // equal values keep their original order
    };
  });
}
