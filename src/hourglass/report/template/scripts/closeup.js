// A dialog with one image at a time: its reconstructions by every variant and its nearest neighbours.

function closeup() {
  const dialog = find("#closeup");
  find("button", dialog).onclick = () => dialog.close();
  dialog.onclick = (event) => event.target === dialog && dialog.close(); // a click beside it
}

function enlarge(title, note, ...content) {
  untip();
  find("#closeup h2").textContent = title;
  find("#closeup .note").textContent = note;
  find("#closeup .content").replaceChildren(...content);
  find("#closeup").showModal();
}

/** The absolute difference of two images, black where they are equal. */
function absoluteDifference(one, other) {
  one.classList.add("difference");
  one.append(other);
  return one;
}

/** The nearest neighbours of a test image in the latent space of a variant; those of another class are framed. */
function neighbours(variant, n) {
  return (data.nearest[variant][n] ?? []).map((other) => {
    const image = cell("embedded", other);
    image.classList.toggle("end", data.labels[other] !== data.labels[n]);
    return image;
  });
}

/** Open test image `n`; `place` is its index among the examples, below 0 if it is none of them. */
function openTestImage(n, place, corruption) {
  const isExample = place >= 0,
    at = corruption * data.examples.length + place;
  const label = isExample ? Math.floor(place / data.perClass) : data.labels[n];
  const isEmbedded = n < data.labels.length;
  const first = [isExample ? cell("test", place) : cell("embedded", n)];
  if (corruption) first.push(cell("test", at));
  const rows = data.variants.map((name, v) => {
    const error = isExample ? data.errors[v][corruption][place] : data.embeddedErrors[v][n];
    const images = isExample
      ? [cell(`images-${v}`, at), absoluteDifference(cell("test", place), cell(`images-${v}`, at))]
      : [];
    const near = isEmbedded ? neighbours(v, n) : [];
    near[0]?.classList.add("apart");
    return strip(name, error.toFixed(4), [...images, ...near]);
  });
  const notes = [
    isExample
      ? "Left: the reconstruction and its absolute difference from the original (black where equal); below the name, the mean squared error."
      : `Below a name: the mean squared error. Reconstructions are available for the first ${data.perClass} test images${data.labelled ? " of each class" : ""}.`,
    isEmbedded
      ? `${isExample ? "Right" : "Beside it"}: the nearest neighbours of the clean image in the latent space, among the first ${data.labels.length} test images; those of another class are framed.`
      : "",
  ];
  const words = corruption ? ` with ${data.corruptions[corruption]}` : "";
  enlarge(
    `${data.classes[label]}, test image ${n}${words}`,
    notes.join(" "),
    strip(corruption ? "original, input" : "original", "", first, "input"),
    ...rows,
  );
}

/** Make the cells of rows open by pointer, or by arrow keys and Enter; `describe` gives the text of an image. */
function openable(rows, open, describe) {
  let current;
  const lines = () =>
    all(".strip", rows)
      .filter((row) => row.offsetParent && find(".cell", row))
      .map((row) => all(".cell", row));
  function select(image) {
    if (!image) return;
    current?.classList.remove("current");
    current = image;
    image.classList.add("current");
    image.scrollIntoView({ block: "nearest", inline: "nearest" });
    find("#current").textContent = `${image.closest(".strip").dataset.name}: ${describe(image)}`;
  }
  rows.onclick = (event) => {
    const image = event.target.closest(".cell");
    if (image) open(image);
  };
  rows.onkeydown = (event) => {
    if (event.key === "Enter" && current?.isConnected) {
      event.preventDefault(); // the key would also press the button that closes the dialog
      return open(current);
    }
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (!right && !down) return;
    event.preventDefault();
    const cells = lines();
    const line = cells.findIndex((row) => row.includes(current));
    if (line < 0) return select(cells[0]?.[0]);
    const next = cells[Math.min(cells.length - 1, Math.max(0, line + down))];
    const column = cells[line].indexOf(current) + right;
    select(next[Math.min(next.length - 1, Math.max(0, column))]);
  };
}
