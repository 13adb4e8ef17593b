// Which variants are shown, and from which one the differences are. Both are kept in the URL.

const hidden = new Set();

/** The difference of a cell from another of its column: `+0.0012`; shares in percentage points. */
function difference(cell, other) {
  const [text] = cell.dataset.text.split(" ±");
  const share = text.endsWith("%");
  const digits = (/\.(\d+)/.exec(text)?.[1] ?? "").length;
  const value = (cell.dataset.value - other.dataset.value) * (share ? 100 : 1);
  const size = Math.abs(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const sign = /[1-9]/.test(size) ? (value < 0 ? "−" : "+") : "±";
  return `${sign}${size}${share ? " pp" : ""}`;
}

function showDifferences(reference) {
  for (const body of all("tbody")) {
    const rows = all("tr", body),
      pinned = rows.find((row) => row.dataset.name === reference);
    for (const row of rows) {
      row.classList.toggle("pinned", row === pinned);
      [...row.cells].slice(1).forEach((cell, n) => {
        cell.dataset.text ??= cell.textContent;
        const other = pinned?.cells[n + 1];
        const both = other && row !== pinned && cell.dataset.value && other.dataset.value;
        cell.textContent = both ? difference(cell, other) : cell.dataset.text;
      });
    }
  }
}

function selection() {
  const query = new URL(location.href).searchParams;
  const only = (query.get("variants") ?? "").split(",").filter((name) => data.variants.includes(name));
  if (only.length) data.variants.filter((name) => !only.includes(name)).forEach((name) => hidden.add(name));
  const rule = make("style");
  document.head.append(rule);
  const select = find("#reference"),
    sheet = find("#sheet");
  if (data.variants.includes(query.get("reference"))) select.value = query.get("reference");

  function apply() {
    rule.textContent = [...hidden].map((name) => `[data-name="${name}"] { display: none !important; }`).join("\n");
    showDifferences(select.value);
    const url = new URL(location.href);
    const keep = (key, value) => (value ? url.searchParams.set(key, value) : url.searchParams.delete(key));
    const shown = data.variants.filter((name) => !hidden.has(name));
    keep("variants", hidden.size ? shown.join(",") : "");
    keep("reference", select.value);
    history.replaceState(null, "", url);
    const count = hidden.size ? `${shown.length} of ${data.variants.length}` : "all";
    find("#selection summary span").textContent = select.value ? `${count}, minus ${select.value}` : count;
    const isShown = (title) => data.exerciseSheets[title].join() === shown.join();
    if (sheet) sheet.value = Object.keys(data.exerciseSheets).find(isShown) ?? "";
    document.dispatchEvent(new Event("selected"));
  }
  const buttons = data.variants.map((name, variant) => {
    const swatch = make("span", { class: `swatch ${colour(variant)}` });
    const button = make("button", { type: "button", "aria-pressed": !hidden.has(name) }, swatch, name);
    button.onclick = () => {
      hidden.delete(name) || hidden.add(name);
      button.setAttribute("aria-pressed", !hidden.has(name));
      apply();
    };
    return button;
  });
  find("#shown").append(...buttons);
  const panel = find("#selection");
  const close = (event) => {
    if (event.key === "Escape" || !(event.key || panel.contains(event.target))) panel.open = false;
  };
  document.addEventListener("keydown", close);
  document.addEventListener("pointerdown", close);
  if (sheet)
    sheet.onchange = () => {
      const names = data.exerciseSheets[sheet.value] ?? data.variants;
      data.variants.forEach((name, variant) => {
        names.includes(name) ? hidden.delete(name) : hidden.add(name);
        buttons[variant].setAttribute("aria-pressed", names.includes(name));
      });
      apply();
    };
  select.onchange = apply;
  apply();
}
