// Metrics of the variants against latent dimension or parameters, with the best linear map of every latent dimension.

const LETTER = 6.6, // approximate width of a letter in pixels
  LINE = 14;

/** Place labels so that none covers another: each at its own height, or further down. */
function apart(labels) {
  const placed = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    const over = (other) => label.from < other.to && other.from < label.to && label.y - other.y < LINE;
    for (let hit; (hit = placed.findLast(over)); ) label.y = hit.y + LINE;
    placed.push(label);
  }
  return placed;
}

function costs() {
  const { cost, reached, linear } = data.costs;
  const words = { latent_dim: "latent dimension", parameters: "parameters", ...data.costs.headings };

  function draw() {
    const [across, up] = [chosen("cost"), chosen("reached")];
    const width = Math.max(300, find("#costs").clientWidth),
      height = 400;
    const names = Math.max(...data.variants.map((name) => name.length)) * LETTER + 20;
    const shown = [...data.variants.keys()].filter((v) => !hidden.has(data.variants[v]));
    const bound = across === "latent_dim" ? linear[up] : [];
    const values = [
      ...shown.flatMap((v) => [-1, 1].map((s) => reached[up][v][0] + s * reached[up][v][1])),
      ...bound.map((p) => p[1]),
    ];
    const prices = [...shown.map((v) => cost[across][v]), ...bound.map((p) => p[0])];
    if (!values.length) return find("#costs").replaceChildren();
    const [least, most] = [Math.min(...prices), Math.max(...prices)];
    const room = (Math.max(...values) - Math.min(...values)) * 0.08 || 1;
    const [low, high] = [Math.min(...values) - room, Math.max(...values) + room];
    const right = width - names,
      floor = height - MARGIN.bottom;
    const x = (price) =>
      MARGIN.left + 12 + ((Math.log(price / least) || 0) / (Math.log(most / least) || 1)) * (right - MARGIN.left - 24);
    const y = (value) => MARGIN.top + ((high - value) / (high - low)) * (floor - MARGIN.top);

    const points = shown.map((v) => `${data.variants[v]} ${cost[across][v]}, ${reached[up][v][0]}`);
    const svg = make("svg", {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `${words[up]} against ${words[across]}: ${points.join("; ")}`,
    });
    for (const value of ticks(low, high, false)) {
      svg.append(make("line", { class: "gridline", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }));
      svg.append(make("text", { x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" }, String(value)));
    }
    const marks =
      across === "latent_dim"
        ? [...new Set(prices)].sort((a, b) => b - a)
        : [1e3, 1e4, 1e5, 1e6, 1e7].filter((price) => price >= least && price <= most);
    let taken = Infinity; // no number covers the next
    for (const price of marks) {
      if (Math.abs(taken - x(price)) < 18) continue;
      taken = x(price);
      svg.append(make("text", { x: taken, y: floor + 18, "text-anchor": "middle" }, price.toLocaleString("en")));
    }
    svg.append(make("text", { x: (MARGIN.left + right) / 2, y: height - 6, "text-anchor": "middle" }, words[across]));
    svg.append(make("text", { x: MARGIN.left, y: MARGIN.top }, words[up]));
    if (bound.length > 1) {
      svg.append(
        make("path", { class: "bound", d: `M${bound.map(([size, value]) => `${x(size)},${y(value)}`).join("L")}` }),
      );
    }
    const labels = shown.map((v) => {
      const [at, height] = [x(cost[across][v]), y(reached[up][v][0])];
      return { v, at, height, y: height, from: at + 10, to: at + 10 + data.variants[v].length * LETTER };
    });
    for (const { v, at, height, y: line, from } of apart(labels)) {
      const [middle, spread] = reached[up][v];
      const group = make("g", { "data-name": data.variants[v], class: colour(v) });
      group.append(make("line", { class: "whisker", x1: at, x2: at, y1: y(middle - spread), y2: y(middle + spread) }));
      group.append(make("circle", { class: "dot", cx: at, cy: height, r: 4.5 }));
      if (line - height > 3)
        group.append(make("line", { class: "leader", x1: at + 5, x2: from - 2, y1: height, y2: line }));
      group.append(make("text", { class: "name", x: from, y: line + 4 }, data.variants[v]));
      svg.append(group);
    }
    find("#costs").replaceChildren(svg);
  }
  for (const input of all('input[name="cost"], input[name="reached"]')) input.onchange = draw;
  document.addEventListener("selected", draw);
  new ResizeObserver(draw).observe(find("#costs"));
}
