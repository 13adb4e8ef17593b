// Helpers for all parts of the page.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const breakable = (name) => name.replaceAll("_", "_\u200b"); // long names may wrap after an underscore
const chosen = (name) => find(`input[name="${name}"]:checked`).value;
/** CSS classes for the colour of a variant, and for its line and mark where a colour repeats. */
const colour = (variant) =>
  `colour-${variant % data.colours} ${["", "second", "third"][Math.floor(variant / data.colours) % 3]}`;
/** Steps of the arrow keys: columns to the right, rows down. */
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const number = (id) => Number(document.getElementById(id).value);

/** Create an HTML or SVG element. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "circle", "line", "text"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Show image `index` of a sprite sheet in a cell. */
function show(cell, sheet, index) {
  const { columns, rows } = data.sheets[sheet];
  const across = ((index % columns) / Math.max(1, columns - 1)) * 100;
  const down = (Math.floor(index / columns) / Math.max(1, rows - 1)) * 100;
  cell.className = `cell sheet-${sheet}`;
  cell.style.backgroundPosition = `${across}% ${down}%`;
  cell.dataset.index = index;
  return cell;
}
const cell = (sheet, index) => show(make("span"), sheet, index);

/** Create a row of images beside a name; `note` is below the name, or beside it on a narrow screen. */
function strip(name, note, cells, kind = "") {
  const label = make("span", {}, name);
  if (note) label.append(make("small", {}, note));
  return make(
    "div",
    { class: `strip ${kind}`, "data-name": name },
    label,
    make("div", { class: "cells", role: "img", "aria-label": `${name}: ${cells.length} images` }, ...cells),
  );
}

/** Create a row of headings above images. */
function headings(words) {
  const over = words.map((word) => make("span", {}, word));
  return make("div", { class: "strip heads" }, make("span"), make("div", { class: "cells" }, ...over));
}

/** Show content beside the pointer, within the window. */
function tip(event, ...content) {
  const box = find("#tip");
  box.hidden = false;
  box.replaceChildren(...content);
  const place = (at, size, limit) => (at + 16 + size > limit ? Math.max(0, at - 16 - size) : at + 16);
  box.style.left = `${place(event.clientX, box.offsetWidth, innerWidth)}px`;
  box.style.top = `${place(event.clientY, box.offsetHeight, innerHeight)}px`;
}
/** Hide the tip and all marks of the pointer. */
const untip = () => {
  find("#tip").hidden = true;
  for (const mark of all(".pointer, .ring")) mark.setAttribute("visibility", "hidden");
};
/** Return a handler that acts when a mouse leaves; after a touch, the tip stays until the next one. */
const left = (action) => (event) => {
  if (event.pointerType === "mouse") action();
};
let touched = false;
document.addEventListener(
  "pointerdown",
  (event) => {
    touched = event.pointerType !== "mouse";
    untip();
  },
  true,
);
document.addEventListener("scroll", () => touched && untip());
document.addEventListener("keydown", (event) => event.key === "Escape" && untip());
