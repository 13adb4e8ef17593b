// Which variants are shown, and which one the others are held against. Both stand in the address, to be sent on.

const hidden = new Set();

/** What a cell says beyond another of its column: `+0.0012`; shares in percentage points. */
function difference(cell, other) {
  const [figure] = cell.dataset.text.split(" ±");
  const share = figure.endsWith("%");
  const digits = (/\.(\d+)/.exec(figure)?.[1] ?? "").length;
  const value = (cell.dataset.value - other.dataset.value) * (share ? 100 : 1);
  const size = Math.abs(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const sign = /[1-9]/.test(size) ? (value < 0 ? "−" : "+") : "±";
  return `${sign}${size}${share ? " pp" : ""}`;
}

function holdAgainst(baseline) {
  for (const body of all("tbody")) {
    const rows = all("tr", body),
      pinned = rows.find((row) => row.dataset.name === baseline);
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

function choice() {
  const asked = new URL(location.href).searchParams;
  const only = (asked.get("variants") ?? "").split(",").filter((name) => data.variants.includes(name));
  if (only.length) data.variants.filter((name) => !only.includes(name)).forEach((name) => hidden.add(name));
  const rule = make("style");
  document.head.append(rule);
  const select = find("#against");
  if (data.variants.includes(asked.get("against"))) select.value = asked.get("against");

  function take() {
    rule.textContent = [...hidden].map((name) => `[data-name="${name}"] { display: none !important; }`).join("\n");
    holdAgainst(select.value);
    const address = new URL(location.href);
    const keep = (key, value) => (value ? address.searchParams.set(key, value) : address.searchParams.delete(key));
    const shown = data.variants.filter((name) => !hidden.has(name));
    keep("variants", hidden.size ? shown.join(",") : "");
    keep("against", select.value);
    history.replaceState(null, "", address);
    find("#choose summary span").textContent = hidden.size ? `${shown.length} of ${data.variants.length}` : "all";
    document.dispatchEvent(new Event("chosen"));
  }
  const buttons = data.variants.map((name, variant) => {
    const swatch = make("span", { class: `swatch ${colour(variant)}` });
    const button = make("button", { type: "button", "aria-pressed": !hidden.has(name) }, swatch, name);
    button.onclick = () => {
      hidden.delete(name) || hidden.add(name);
      button.setAttribute("aria-pressed", !hidden.has(name));
      take();
    };
    return button;
  });
  find("#shown").append(...buttons);
  select.onchange = take;
  take();
}
