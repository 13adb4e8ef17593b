// Loss curves.

const MARGIN = { left: 58, right: 14, top: 14, bottom: 38 };

/** Round numbers from `low` to `high`: several of every power of ten, or evenly spaced ones. */
function ticks(low, high, log) {
  const found = [];
  if (log) {
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
      for (const factor of low * 30 > high ? [1, 1.5, 2, 3, 4, 5, 7] : [1, 3]) found.push(factor * 10 ** power);
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
    const button = make(
      "button",
      { type: "button", "aria-pressed": "true" },
      make("span", { class: `swatch ${colour(variant)}` }),
      name,
    );
    button.onclick = () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
      draw();
    };
    return button;
  });
  find("#curves").append(...buttons);

  function draw() {
    const box = find("#chart");
    const width = Math.max(280, box.clientWidth),
      height = Math.min(460, Math.max(280, width * 0.45));
    const log = chosen("scale") === "log",
      curves = data.curves[chosen("set")];
    const shown = curves
      .map((_, variant) => variant)
      .filter((v) => buttons[v].getAttribute("aria-pressed") === "true" && curves[v].length);
    const scale = scales(
      shown.map((v) => curves[v]),
      width,
      height,
      log,
    );
    const svg = make("svg", {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `Loss on ${chosen("set")} images against epochs, ${chosen("scale")} scale`,
    });
    svg.append(...axes(scale, width, height, log), ...shown.map((v) => curve(v, curves[v], scale)));
    const pointer = make("line", {
      class: "pointer",
      y1: MARGIN.top,
      y2: height - MARGIN.bottom,
      visibility: "hidden",
    });
    svg.append(pointer);
    svg.onpointermove = svg.onpointerdown = (event) => {
      const epoch = scale.epoch(((event.clientX - svg.getBoundingClientRect().left) / svg.clientWidth) * width);
      pointer.setAttribute("visibility", "visible");
      pointer.setAttribute("x1", scale.x(epoch));
      pointer.setAttribute("x2", scale.x(epoch));
      const lines = shown
        .map((v) => [v, upTo(curves[v], epoch)])
        .filter(([, point]) => point)
        .sort((a, b) => a[1][1] - b[1][1]);
      tip(
        event,
        make("div", {}, `epoch ${epoch}`),
        ...lines.map(([v, [, value]]) =>
          make("div", {}, make("span", { class: `swatch ${colour(v)}` }), `${value.toFixed(4)} ${data.variants[v]}`),
        ),
      );
    };
    svg.onpointerleave = left(() => {
      pointer.setAttribute("visibility", "hidden");
      untip();
    });
    box.replaceChildren(svg);
  }
  all('input[name="set"], input[name="scale"]').forEach((input) => {
    input.onchange = draw;
  });
  new ResizeObserver(draw).observe(find("#chart"));
}
