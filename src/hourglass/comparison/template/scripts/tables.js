// Tables that sort.

function sortable(table) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => {
    find("button", head).onclick = () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.value;
      const compare = column ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b));
      const rows = all("tbody tr", table).sort(compare);
      find("tbody", table).append(...(descending ? rows.reverse() : rows));
    };
  });
}
