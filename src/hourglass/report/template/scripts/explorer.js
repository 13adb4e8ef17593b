// The latent explorer.

function explorer() {
  const pad = find("#pad"),
    cursor = find("#cursor"),
    steps = data.planeSteps;
  let column = Math.floor((steps - 1) / 2),
    row = column;
  const tiles = data.variants.map((name) => {
    const image = make("span", { role: "img", "aria-label": `decoded by ${name}` });
    find("#tiles").append(make("figure", { "data-name": name }, image, make("figcaption", {}, breakable(name))));
    return image;
  });

  function draw() {
    const plane = number("plane"),
      index = plane * steps * steps + row * steps + column;
    tiles.forEach((tile, variant) => show(tile, `planes-${variant}`, index));
    pad.className = `sheet-planes-${number("backdrop")}`;
    pad.style.backgroundSize = `100% ${data.positions.length * 100}%`;
    pad.style.backgroundPosition = `0 ${plane * 100}%`;
    const share = (places) => `${(places / steps) * 100}%`;
    Object.assign(cursor.style, { width: share(1), height: share(1), left: share(column), top: share(row) });
    const along = (at) => (at / (steps - 1)) * 2 - 1;
    const [top, bottom] = all(".corners");
    top.replaceChildren(...data.corners[plane].slice(0, 2).map((name) => make("span", {}, name)));
    bottom.replaceChildren(...data.corners[plane].slice(2).map((name) => make("span", {}, name)));
    find("#position").textContent = data.positions[plane]
      .replace("{x}", (along(column) * data.planeExtent).toFixed(1))
      .replace("{y}", (-along(row) * data.planeExtent).toFixed(1))
      .replace("{across}", Math.round((column / (steps - 1)) * 100))
      .replace("{down}", Math.round((row / (steps - 1)) * 100));
  }
  const within = (at) => Math.min(steps - 1, Math.max(0, at));
  pad.onpointermove = pad.onpointerdown = (event) => {
    const box = pad.getBoundingClientRect();
    column = within(Math.floor(((event.clientX - box.left) / box.width) * steps));
    row = within(Math.floor(((event.clientY - box.top) / box.height) * steps));
    draw();
  };
  pad.onkeydown = (event) => {
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (!right && !down) return;
    event.preventDefault();
    column = within(column + right);
    row = within(row + down);
    draw();
  };
  find("#plane").onchange = find("#backdrop").onchange = draw;
  draw();
}
