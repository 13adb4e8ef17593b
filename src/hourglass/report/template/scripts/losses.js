// Loss curves.

const MARGIN = { left: 58, right: 14, top: 14, bottom: 38 };

/** Return round numbers from `low` to `high`: several per power of ten, or evenly spaced. */
function ticks(low, high, log) {
  const values = [];
  if (log) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const factor of low * 30 > high ? [1, 1.5, 2, 3, 4, 5, 7] : [1, 3]) values.push(factor * 10 ** power);
  } else {
    const rough = (high - low) / 6;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    for (let n = Math.ceil(low / step); n * step <= high; n++) values.push(n * step);
  }
  return values.filter((value) => value >= low && value <= high).map((value) => Number(value.toPrecision(6)));
}

/** Return the scales that map epochs and losses to the drawing. */
function scales(curves, width, height, log) {
  const points = curves.flat();
  const epochs = Math.max(2, ...points.map(([epoch]) => epoch));
  const values = points.map(([, value]) => value);
  const [least, most] = values.length ? [Math.min(...values), Math.max(...values)] : [0.01, 0.1];
  const [low, high] = log ? [least / 1.05, most * 1.05] : [0, most * 1.05];
  const share = log ? (v) => Math.log(v / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  return {
    epochs,
    low,
    high,
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
    drawn.push(
      make("text", { x: scale.x(epoch), y: height - MARGIN.bottom + 18, "text-anchor": "middle" }, String(epoch)),
    );
  drawn.push(
    make("text", { x: (MARGIN.left + width - MARGIN.right) / 2, y: height - 6, "text-anchor": "middle" }, "epoch"),
  );
  return drawn;
}

/** A closed form has no epochs: its one value has epoch 0. */
const isClosed = (points) => points[0][0] === 0;

function curve(variant, points, scale) {
  const style = colour(variant);
  const group = make("g", { "data-name": data.variants[variant] });
  if (isClosed(points)) {
    const y = scale.y(points[0][1]);
    group.append(make("path", { class: `curve closed ${style}`, d: `M${scale.x(1)},${y}H${scale.x(scale.epochs)}` }));
    return group;
  }
  const path = points.map(([epoch, value]) => `${scale.x(epoch).toFixed(1)},${scale.y(value).toFixed(1)}`).join("L");
  group.append(make("path", { class: `curve ${style}`, d: `M${path}` }));
  const sparse = points.length === 1 || points.length <= scale.epochs / 4;
  if (sparse)
    for (const [epoch, value] of points)
      group.append(make("circle", { class: `dot ${style}`, cx: scale.x(epoch), cy: scale.y(value), r: 3 }));
  return group;
}

/** Return the latest point of a curve at an epoch; none before its first or after its last point. */
function lastMeasured(points, epoch) {
  return isClosed(points) || epoch <= points.at(-1)[0] ? points.findLast(([at]) => at <= epoch) : undefined;
}

/** Return the losses at an epoch, the smallest first. */
function lossesAt(epoch, shown, curves) {
  const points = shown.map((v) => [v, lastMeasured(curves[v], epoch)]).filter(([, point]) => point);
  const lines = points
    .sort((a, b) => a[1][1] - b[1][1])
    .map(([v, [at, value]]) => {
      const earlier = at && at !== epoch ? ` (epoch ${at})` : "";
      const swatch = make("span", { class: `swatch ${colour(v)}` });
      return make("div", {}, swatch, `${value.toFixed(4)} ${data.variants[v]}${earlier}`);
    });
  return [make("div", {}, `epoch ${epoch}`), ...lines];
}

/** Show the losses at an epoch under the pointer, or by arrow keys. */
function addPointer(svg, scale, width, shown, curves) {
  const pointer = make("line", { class: "pointer", y1: MARGIN.top, y2: "100%", visibility: "hidden" });
  svg.append(pointer);
  let current = 0;
  function showAt(epoch, place) {
    current = Math.min(scale.epochs, Math.max(1, epoch));
    tip(place, ...lossesAt(current, shown, curves));
    pointer.setAttribute("visibility", "visible");
    for (const end of ["x1", "x2"]) pointer.setAttribute(end, scale.x(current));
  }
  svg.onpointermove = svg.onpointerdown = (event) => {
    const box = svg.getBoundingClientRect();
    showAt(scale.epoch(((event.clientX - box.left) / box.width) * width), event);
  };
  svg.onpointerleave = left(untip);
  svg.onblur = untip;
  svg.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    const x = (scale.x(Math.max(1, current + step)) / width) * box.width;
    showAt(current + step, { clientX: box.left + x, clientY: box.top + 40 });
  };
}

function losses() {
  const buttons = data.variants.map((name, variant) => {
    const swatch = make("span", { class: `swatch ${colour(variant)}` });
    const button = make("button", { type: "button", "aria-pressed": "true", "data-name": name }, swatch, name);
    button.onclick = () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      draw();
    };
    return button;
  });
  find("#curves").append(...buttons);

  function draw() {
    const width = Math.max(280, find("#chart").clientWidth);
    const height = Math.min(460, Math.max(280, width * 0.45));
    const [set, kind] = [chosen("set"), chosen("scale")];
    const curves = data.curves[set];
    const pressed = (v) => buttons[v].getAttribute("aria-pressed") === "true";
    const on = (v) => pressed(v) && !hidden.has(data.variants[v]) && curves[v].length;
    const shown = [...curves.keys()].filter(on);
    const scale = scales(
      shown.map((v) => curves[v]),
      width,
      height,
      kind === "log",
    );
    const name = `Loss on ${set} images against epochs, ${kind} scale; arrow keys show the losses`;
    const svg = make("svg", {
      viewBox: `0 0 ${width} ${height}`,
      tabindex: 0,
      role: "application",
      "aria-label": name,
    });
    svg.append(...axes(scale, width, height, kind === "log"), ...shown.map((v) => curve(v, curves[v], scale)));
    addPointer(svg, scale, width, shown, curves);
    find("#chart").replaceChildren(svg);
  }
  for (const input of all('input[name="set"], input[name="scale"]')) input.onchange = draw;
  document.addEventListener("selected", draw);
  new ResizeObserver(draw).observe(find("#chart"));
}
