// What all parts of the page use.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const breakable = (name) => name.replaceAll("_", "_\u200b"); // a long name may wrap after an underscore
const chosen = (name) => find(`input[name="${name}"]:checked`).value;
/** The classes that give a variant's colour, and its kind of line or mark where colours are used again. */
const colour = (variant) =>
  `colour-${variant % data.colours} ${["", "second", "third"][Math.floor(variant / data.colours) % 3]}`;
/** Where an arrow key leads: columns to the right, rows down. */
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const number = (id) => Number(document.getElementById(id).value);

/** An HTML element, or one of SVG where the tag is one of its own. */
function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "circle", "line", "text"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Image number `index` of a sheet. */
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

/** A row of images behind a name; `note` stands below the name, or behind it on a narrow screen. */
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

/** Words over the images of the rows that follow. */
function headings(words) {
  const over = words.map((word) => make("span", {}, word));
  return make("div", { class: "strip heads" }, make("span"), make("div", { class: "cells" }, ...over));
}

/** Beside the pointer, and never outside the window. */
function tip(event, ...content) {
  const box = find("#tip");
  box.hidden = false;
  box.replaceChildren(...content);
  const place = (at, size, limit) => (at + 16 + size > limit ? Math.max(0, at - 16 - size) : at + 16);
  box.style.left = `${place(event.clientX, box.offsetWidth, innerWidth)}px`;
  box.style.top = `${place(event.clientY, box.offsetHeight, innerHeight)}px`;
}
/** Nothing is pointed at any more. */
const untip = () => {
  find("#tip").hidden = true;
  for (const mark of all(".pointer, .ring")) mark.setAttribute("visibility", "hidden");
};
/** What is done when a mouse leaves; a finger that is lifted leaves what it showed, until the next touch. */
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
