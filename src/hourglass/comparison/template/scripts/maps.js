// Maps of codes.

const SIDE = 200,
  EDGE = 8;

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
    const circles = points.map(([x, y], n) =>
      make("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 2.2, class: `class-${data.labels[n]}` }),
    );
    const ring = make("circle", { class: "ring", r: 5, visibility: "hidden" });
    const svg = make(
      "svg",
      {
        viewBox: `0 0 ${SIDE} ${SIDE}`,
        tabindex: 0,
        role: "application",
        "aria-label": `Codes of ${data.variants[variant]}; arrow keys go from image to image`,
      },
      ...circles,
      ring,
    );
    find("#scatter").append(
      make(
        "figure",
        { "data-name": data.variants[variant] },
        make("figcaption", {}, breakable(data.variants[variant]), make("small", {}, map.note)),
        svg,
      ),
    );
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
    svg.onkeydown = (event) => {
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
  const legend = find("#classes");
  legend.append(
    ...data.classes.map((name, label) => {
      const button = make(
        "button",
        { type: "button", "aria-pressed": "false" },
        make("span", { class: `swatch class-${label}` }),
        name,
      );
      button.onclick = () => {
        button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
        const picked = all("button", legend).map((b) => b.getAttribute("aria-pressed") === "true");
        legend.classList.toggle("dimming", picked.includes(true));
        for (const { circles } of drawn)
          circles.forEach((circle, n) =>
            circle.classList.toggle("faded", picked.includes(true) && !picked[data.labels[n]]),
          );
      };
      return button;
    }),
  );
}
