"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const breakable = (name) => name.replaceAll("_", "_\u200b"); // a long name may wrap after an underscore
const chosen = (name) => find(`input[name="${name}"]:checked`).value;
const colour = (variant) => `colour-${variant % data.colours}`;
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
  return make("div", { class: `strip ${kind}`, "data-name": name }, label, make("div", { class: "cells" }, ...cells));
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
const untip = () => { find("#tip").hidden = true; };

// --- light and dark -------------------------------------------------------------------------------------------------

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.style.colorScheme ? root.style.colorScheme === "dark" : dark.matches);
  const name = () => { find("#theme").textContent = isDark() ? "Light" : "Dark"; };
  find("#theme").onclick = () => { root.style.colorScheme = isDark() ? "light" : "dark"; name(); };
  dark.onchange = name;
  name();
}

// --- table ----------------------------------------------------------------------------------------------------------

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

// --- loss curves ----------------------------------------------------------------------------------------------------

const MARGIN = { left: 58, right: 14, top: 14, bottom: 38 };

/** Round numbers from `low` to `high`: 1, 2 and 5 of every power of ten, or evenly spaced ones. */
function ticks(low, high, log) {
  const found = [];
  if (log) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const factor of [1, 2, 5]) found.push(factor * 10 ** power);
  } else {
    const rough = (high - low) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(n * step);
  }
  return found.filter((value) => value >= low && value <= high).map((value) => Number(value.toPrecision(6)));
}

/** Where values lie on the drawing. */
function scales(curves, width, height, log) {
  const points = curves.flat();
  const epochs = Math.max(2, ...points.map(([epoch]) => epoch));
  const values = points.map(([, value]) => value);
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0.01, 0.1];
  const [low, high] = log ? [least / 1.05, most * 1.05] : [0, most * 1.05];
  const share = log ? (v) => Math.log(v / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  return {
    epochs, low, high,
    x: (epoch) => MARGIN.left + ((epoch - 1) / (epochs - 1)) * inner.width,
    y: (value) => MARGIN.top + (1 - share(value)) * inner.height,
    epoch: (x) => Math.round(1 + Math.min(1, Math.max(0, (x - MARGIN.left) / inner.width)) * (epochs - 1)),
  };
}

function axes(scale, width, height, log) {
  const drawn = [];
  for (const value of ticks(scale.low, scale.high, log)) {
    const y = scale.y(value);
    drawn.push(make("line", { class: "gridline", x1: MARGIN.left, x2: width - MARGIN.right, y1: y, y2: y }));
    drawn.push(make("text", { x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" }, String(value)));
  }
  const whole = ticks(1, scale.epochs, false).filter(Number.isInteger);
  for (const epoch of new Set([1, ...whole]))
    drawn.push(make("text", { x: scale.x(epoch), y: height - MARGIN.bottom + 18, "text-anchor": "middle" }, String(epoch)));
  drawn.push(make("text", { x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 6, "text-anchor": "middle" }, "epoch"));
  return drawn;
}

function curve(variant, points, scale) {
  const style = [colour(variant), variant >= data.colours ? "second" : ""].join(" ");
  const group = make("g", { "data-name": data.variants[variant] });
  if (points.length === 1) {
    const y = scale.y(points[0][1]);
    group.append(make("path", { class: `curve closed ${style}`, d: `M${scale.x(1)},${y}H${scale.x(scale.epochs)}` }));
    return group;
  }
  const path = points.map(([epoch, value]) => `${scale.x(epoch).toFixed(1)},${scale.y(value).toFixed(1)}`).join("L");
  group.append(make("path", { class: `curve ${style}`, d: `M${path}` }));
  const sparse = points.length <= scale.epochs / 4;
  if (sparse)
    for (const [epoch, value] of points)
      group.append(make("circle", { class: `dot ${style}`, cx: scale.x(epoch), cy: scale.y(value), r: 3 }));
  return group;
}

/** The last point of a curve up to an epoch; of a closed form its only one. */
const upTo = (points, epoch) => points.findLast(([at]) => at <= epoch);

function losses() {
  const buttons = data.variants.map((name, variant) => {
    const button = make("button", { type: "button", "aria-pressed": "true" }, make("span", { class: `swatch ${colour(variant)}` }), name);
    button.onclick = () => { button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"); draw(); };
    return button;
  });
  find("#curves").append(...buttons);

  function draw() {
    const box = find("#chart");
    const width = Math.max(280, box.clientWidth), height = Math.min(460, Math.max(280, width * 0.45));
    const log = chosen("scale") === "log", curves = data.curves[chosen("set")];
    const shown = curves.map((_, variant) => variant).filter((v) => buttons[v].getAttribute("aria-pressed") === "true" && curves[v].length);
    const scale = scales(shown.map((v) => curves[v]), width, height, log);
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Loss on ${chosen("set")} images against epochs, ${chosen("scale")} scale` });
    svg.append(...axes(scale, width, height, log), ...shown.map((v) => curve(v, curves[v], scale)));
    const pointer = make("line", { class: "pointer", y1: MARGIN.top, y2: height - MARGIN.bottom, visibility: "hidden" });
    svg.append(pointer);
    svg.onpointermove = (event) => {
      const epoch = scale.epoch(((event.clientX - svg.getBoundingClientRect().left) / svg.clientWidth) * width);
      pointer.setAttribute("visibility", "visible");
      pointer.setAttribute("x1", scale.x(epoch));
      pointer.setAttribute("x2", scale.x(epoch));
      const lines = shown.map((v) => [v, upTo(curves[v], epoch)]).filter(([, point]) => point).sort((a, b) => a[1][1] - b[1][1]);
      tip(event, make("div", {}, `epoch ${epoch}`), ...lines.map(([v, [, value]]) =>
        make("div", {}, make("span", { class: `swatch ${colour(v)}` }), `${value.toFixed(4)} ${data.variants[v]}`)));
    };
    svg.onpointerleave = () => { pointer.setAttribute("visibility", "hidden"); untip(); };
    box.replaceChildren(svg);
  }
  all('input[name="set"], input[name="scale"]').forEach((input) => { input.onchange = draw; });
  new ResizeObserver(draw).observe(find("#chart"));
}

// --- images through every variant -----------------------------------------------------------------------------------

function images() {
  const each = data.perClass, classes = data.classes.length;
  function draw() {
    const label = number("class"), corruption = number("corruption");
    const numbers = label < 0 ? data.classes.map((_, n) => n * each) : [...Array(each).keys()].map((n) => label * each + n);
    const cells = (sheet, level) => numbers.map((n) => cell(sheet, level * classes * each + n));
    const rows = [strip("test images", "", cells("test", 0), corruption ? "" : "given")];
    if (corruption) rows.push(strip("given", data.corruptions[corruption].replace("_", " and "), cells("test", corruption), "given"));
    data.variants.forEach((name, variant) => {
      const errors = numbers.map((n) => data.errors[variant][corruption][n]);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      rows.push(strip(name, mean.toFixed(4), cells(`images-${variant}`, corruption)));
    });
    find("#strips").replaceChildren(...rows);
  }
  find("#class").onchange = find("#corruption").onchange = draw;
  draw();
}

// --- maps of codes --------------------------------------------------------------------------------------------------

const SIDE = 200, EDGE = 8;

/** Points in a square, the larger of their two extents filling it. */
function fitted(points) {
  const low = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const high = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const scale = (SIDE - 2 * EDGE) / Math.max(high[0] - low[0], high[1] - low[1], 1e-9);
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  return points.map(([x, y]) => [SIDE / 2 + (x - middle[0]) * scale, SIDE / 2 - (y - middle[1]) * scale]);
}

function maps() {
  const drawn = data.maps.map((map, variant) => {
    const points = fitted(map.points);
    const circles = points.map(([x, y], n) => make("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.2, class: `colour-${data.labels[n]}` }));
    const ring = make("circle", { class: "ring", r: 5, visibility: "hidden" });
    const svg = make("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "img", "aria-label": `Codes of ${data.variants[variant]}; arrow keys go from image to image` }, ...circles, ring);
    find("#scatter").append(make("figure", {}, make("figcaption", {}, breakable(data.variants[variant]), make("small", {}, map.note)), svg));
    return { points, circles, ring, svg };
  });
  let current = -1;

  function point(n, event) {
    current = n;
    for (const { points, ring } of drawn) {
      ring.setAttribute("visibility", "visible");
      ring.setAttribute("cx", points[n][0]);
      ring.setAttribute("cy", points[n][1]);
    }
    tip(event, cell("mapped", n), `${data.classes[data.labels[n]]}, test image ${n}`);
  }
  function leave() {
    drawn.forEach(({ ring }) => ring.setAttribute("visibility", "hidden"));
    untip();
  }
  for (const { points, svg } of drawn) {
    svg.onpointermove = svg.onpointerdown = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * SIDE, y = ((event.clientY - box.top) / box.height) * SIDE;
      const distances = points.map((p) => (p[0] - x) ** 2 + (p[1] - y) ** 2);
      point(distances.indexOf(Math.min(...distances)), event);
    };
    svg.onpointerleave = svg.onblur = leave;
    svg.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const n = (current + step + data.labels.length) % data.labels.length, box = svg.getBoundingClientRect();
      point(n, { clientX: box.left + (points[n][0] / SIDE) * box.width, clientY: box.top + (points[n][1] / SIDE) * box.height });
    };
  }
  const legend = find("#classes");
  legend.append(...data.classes.map((name, label) => {
    const button = make("button", { type: "button", "aria-pressed": "false" }, make("span", { class: `swatch colour-${label}` }), name);
    button.onclick = () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      const picked = all("button", legend).map((b) => b.getAttribute("aria-pressed") === "true");
      legend.classList.toggle("dimming", picked.includes(true));
      for (const { circles } of drawn)
        circles.forEach((circle, n) => circle.classList.toggle("faded", picked.includes(true) && !picked[data.labels[n]]));
    };
    return button;
  }));
}

// --- latent explorer ------------------------------------------------------------------------------------------------

function explorer() {
  const pad = find("#pad"), cursor = find("#cursor"), steps = data.lattice;
  let column = (steps - 1) / 2, row = column;
  const tiles = data.variants.map((name) => {
    const image = make("span");
    find("#tiles").append(make("figure", { "data-name": name }, image, make("figcaption", {}, breakable(name))));
    return image;
  });

  function draw() {
    const plane = number("plane"), index = plane * steps * steps + row * steps + column;
    tiles.forEach((tile, variant) => show(tile, `planes-${variant}`, index));
    pad.className = `sheet-planes-${number("backdrop")}`;
    pad.style.backgroundSize = "100% 200%";
    pad.style.backgroundPosition = `0 ${plane * 100}%`;
    const side = pad.clientWidth / steps;
    Object.assign(cursor.style, { width: `${side}px`, height: `${side}px`, left: `${column * side}px`, top: `${row * side}px` });
    const along = (at) => (at / (steps - 1)) * 2 - 1;
    find("#place").textContent = data.places[plane]
      .replace("{x}", (along(column) * data.reach).toFixed(1)).replace("{y}", (-along(row) * data.reach).toFixed(1))
      .replace("{across}", Math.round((column / (steps - 1)) * 100)).replace("{down}", Math.round((row / (steps - 1)) * 100));
  }
  const within = (at) => Math.min(steps - 1, Math.max(0, at));
  pad.onpointermove = pad.onpointerdown = (event) => {
    const box = pad.getBoundingClientRect();
    column = within(Math.floor(((event.clientX - box.left) / box.width) * steps));
    row = within(Math.floor(((event.clientY - box.top) / box.height) * steps));
    draw();
  };
  pad.onkeydown = (event) => {
    const [right, down] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key] ?? [0, 0];
    if (!right && !down) return;
    event.preventDefault();
    column = within(column + right);
    row = within(row + down);
    draw();
  };
  find("#plane").onchange = find("#backdrop").onchange = draw;
  draw();
}

// --- interpolations, mixtures, generated images ---------------------------------------------------------------------

function between() {
  const { ends, steps } = data.lines, classes = data.classes.length, mixtures = ends.length * steps, generated = mixtures + classes ** 2;
  const range = (from, count) => [...Array(count).keys()].map((n) => from + n);
  const kinds = {
    lines: {
      name: "From one to the other",
      about: "The straight line between the codes of two test images, decoded step by step; the test images, framed, at either end.",
      choices: ends.map((pair) => pair.map((label) => data.classes[label]).join(" to ")),
      rows: (choice) => data.variants.map((name, v) => {
        const cells = [cell("ends", 2 * choice), ...range(choice * steps, steps).map((n) => cell(`decoded-${v}`, n)), cell("ends", 2 * choice + 1)];
        cells[0].classList.add("end");
        cells.at(-1).classList.add("end");
        return strip(name, "", cells);
      }),
    },
    mixtures: {
      name: "Mix all classes with",
      about: "The average of the mean codes of two classes, decoded; framed, the chosen class by itself.",
      choices: data.classes,
      rows: (choice) => data.variants.map((name, v) => {
        const cells = range(mixtures + choice * classes, classes).map((n) => cell(`decoded-${v}`, n));
        cells[choice].classList.add("end");
        return strip(name, "", cells);
      }),
    },
    generated: {
      name: "Codes drawn from",
      about: "Random codes, decoded. Below a name: the Fréchet distance between the judge's features of such images and of the test images; less is more like them.",
      choices: data.ways,
      rows: (choice) => data.variants.map((name, v) => {
        const place = data.generated[v].ways.indexOf(data.ways[choice]);
        if (place < 0) return strip(name, "has none", []);
        return strip(name, data.generated[v].distances[place].toFixed(1), range(generated + place * data.perWay, data.perWay / 2).map((n) => cell(`decoded-${v}`, n)));
      }),
    },
  };
  const select = find("#choice");
  const draw = () => find("#decoded").replaceChildren(...kinds[chosen("kind")].rows(Number(select.value)));
  function fill() {
    const kind = kinds[chosen("kind")];
    find("#choice-name").textContent = kind.name;
    find("#between-about").textContent = kind.about;
    select.replaceChildren(...kind.choices.map((choice, n) => make("option", { value: n }, choice)));
    draw();
  }
  select.onchange = draw;
  all('input[name="kind"]').forEach((input) => { input.onchange = fill; });
  fill();
}

theme();
all("table").forEach(sortable);
losses();
images();
maps();
explorer();
between();
