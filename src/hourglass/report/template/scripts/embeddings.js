// Embeddings of the codes.

const SIDE = 200,
  EDGE = 8;
// one mark per class, as in the figures, so that classes can be distinguished without colour
const TIP = "M0,-2.8L2.6,2H-2.6Z",
  CROSS = "M-.9,-2.7H.9V-.9H2.7V.9H.9V2.7H-.9V.9H-2.7V-.9H-.9Z";
const MARKS = [
  ["M2.2,0A2.2,2.2 0 1 1 -2.2,0A2.2,2.2 0 1 1 2.2,0Z"],
  ["M-2,-2H2V2H-2Z"],
  ["M0,-2.9L2.9,0L0,2.9L-2.9,0Z"],
  [TIP],
  [TIP, 180],
  [TIP, -90],
  [TIP, 90],
  [CROSS],
  [CROSS, 45],
  ["M0,-3.2L.8,-1H3L1.2,.4L1.9,2.7L0,1.3L-1.9,2.7L-1.2,.4L-3,-1H-.8Z"],
];
function classMark(label, x, y) {
  // above ten classes, the colours repeat with other marks
  const [d, turn = 0] = MARKS[(label + Math.floor(label / MARKS.length)) % MARKS.length];
  return make("path", {
    d,
    class: `class-${label % MARKS.length}`,
    transform: `translate(${x.toFixed(1)},${y.toFixed(1)}) rotate(${turn})`,
  });
}

/** Scale points to a square that the larger of their two extents fills. */
function fitted(points) {
  const low = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const high = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const scale = (SIDE - 2 * EDGE) / Math.max(high[0] - low[0], high[1] - low[1], 1e-9);
  const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
  return points.map(([x, y]) => [SIDE / 2 + (x - middle[0]) * scale, SIDE / 2 - (y - middle[1]) * scale]);
}

function embeddings() {
  const drawn = data.embeddings.map((positions, variant) => {
    const points = fitted(positions);
    const marks = points.map(([x, y], n) => classMark(data.labels[n], x, y));
    const ring = make("circle", { class: "ring", r: 5, visibility: "hidden" });
    const svg = make(
      "svg",
      {
        viewBox: `0 0 ${SIDE} ${SIDE}`,
        tabindex: 0,
        role: "application",
        "aria-label": `Codes of ${data.variants[variant]}; arrow keys move from image to image`,
      },
      ...marks,
      ring,
    );
    find("#scatter").append(
      make(
        "figure",
        { "data-name": data.variants[variant] },
        make("figcaption", {}, breakable(data.variants[variant]), make("small", {}, data.labelled ? `10-NN accuracy of the embedding ${Math.round(100 * data.embeddingKnn[variant])}%` : "")),
        svg,
      ),
    );
    return { points, marks, ring, svg };
  });
  let current = -1,
    tapped = -1;

  function point(n, event) {
    current = n;
    for (const { points, ring } of drawn) {
      ring.setAttribute("visibility", "visible");
      ring.setAttribute("cx", points[n][0]);
      ring.setAttribute("cy", points[n][1]);
    }
    tip(event, cell("embedded", n), `${data.classes[data.labels[n]]}, test image ${n}`);
  }
  for (const { points, svg } of drawn) {
    svg.onpointermove = svg.onpointerdown = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * SIDE,
        y = ((event.clientY - box.top) / box.height) * SIDE;
      const distances = points.map((p) => (p[0] - x) ** 2 + (p[1] - y) ** 2);
      point(distances.indexOf(Math.min(...distances)), event);
    };
    svg.onpointerleave = left(untip);
    svg.onblur = untip;
    const open = () => current >= 0 && openTestImage(current, data.examples.indexOf(current), 0);
    // the first touch selects, the second opens
    svg.onclick = () => (touched && tapped !== current ? (tapped = current) : open());
    svg.onkeydown = (event) => {
      if (event.key === "Enter") {
        event.preventDefault(); // the key would also press the button that closes the dialog
        return open();
      }
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const last = data.labels.length - 1;
      const n = current + step < 0 ? last : current + step > last ? 0 : current + step,
        box = svg.getBoundingClientRect();
      point(n, {
        clientX: box.left + (points[n][0] / SIDE) * box.width,
        clientY: box.top + (points[n][1] / SIDE) * box.height,
      });
    };
  }
  if (!data.labelled) return;
  const legend = find("#classes");
  legend.append(
    ...data.classes.map((name, label) => {
      const button = make(
        "button",
        { type: "button", "aria-pressed": "false" },
        make("svg", { class: "mark", viewBox: "-4 -4 8 8", "aria-hidden": "true" }, classMark(label, 0, 0)),
        name,
      );
      button.onclick = () => {
        button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
        const picked = all("button", legend).map((b) => b.getAttribute("aria-pressed") === "true");
        legend.classList.toggle("dimming", picked.includes(true));
        for (const { marks } of drawn)
          marks.forEach((mark, n) => mark.classList.toggle("faded", picked.includes(true) && !picked[data.labels[n]]));
      };
      return button;
    }),
  );
}
