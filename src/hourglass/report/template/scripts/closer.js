// One image at a time: what every variant makes of it.

function closer() {
  const dialog = find("#closer");
  find("button", dialog).onclick = () => dialog.close();
  dialog.onclick = (event) => event.target === dialog && dialog.close(); // beside it
}

function enlarge(title, note, ...content) {
  untip();
  find("#closer h2").textContent = title;
  find("#closer .note").textContent = note;
  find("#closer .content").replaceChildren(...content);
  find("#closer").showModal();
}

/** The absolute difference of two images, black where they agree. */
function absoluteDifference(one, other) {
  one.classList.add("difference");
  one.append(other);
  return one;
}

/** The test images that a code takes for the most alike; framed, those of another class. */
function alike(variant, n) {
  return (data.nearest[variant][n] ?? []).map((other) => {
    const shown = cell("mapped", other);
    shown.classList.toggle("end", data.labels[other] !== data.labels[n]);
    return shown;
  });
}

/** A test image under a corruption, through every variant. place: among the samples, below 0 for none of them. */
function openTestImage(n, place, corruption) {
  const through = place >= 0,
    at = corruption * data.samples.length + place;
  const label = through ? Math.floor(place / data.perClass) : data.labels[n];
  const mapped = n < data.labels.length;
  const first = [through ? cell("test", place) : cell("mapped", n)];
  if (corruption) first.push(cell("test", at));
  const rows = data.variants.map((name, v) => {
    const error = through ? data.errors[v][corruption][place] : data.mappedErrors[v][n];
    const made = through
      ? [cell(`images-${v}`, at), absoluteDifference(cell("test", place), cell(`images-${v}`, at))]
      : [];
    const near = mapped ? alike(v, n) : [];
    near[0]?.classList.add("apart");
    return strip(name, error.toFixed(4), [...made, ...near]);
  });
  const notes = [
    through
      ? "Left, what it makes of the image and how far that is from the original (black: not at all); below its name, the mean squared error."
      : `Below a name, the mean squared error; what was made of it is kept of the first ${data.perClass} test images of each class.`,
    mapped
      ? `${through ? "Then" : "Beside it"}, of the first ${data.labels.length} test images those whose codes lie nearest to this one's when it is clean; framed, those of another class.`
      : "",
  ];
  const words = corruption ? ` with ${data.corruptions[corruption]}` : "";
  enlarge(
    `${data.classes[label]}, test image ${n}${words}`,
    notes.join(" "),
    strip(corruption ? "original, given" : "original", "", first, "given"),
    ...rows,
  );
}

/** Open the cells of rows by pointer, or by arrow keys and Enter. opening: what to do with one. naming: what it shows. */
function openable(rows, opening, naming) {
  let current;
  const lines = () =>
    all(".strip", rows)
      .filter((row) => row.offsetParent && find(".cell", row))
      .map((row) => all(".cell", row));
  function choose(image) {
    if (!image) return;
    current?.classList.remove("current");
    current = image;
    image.classList.add("current");
    image.scrollIntoView({ block: "nearest", inline: "nearest" });
    find("#current").textContent = `${image.closest(".strip").dataset.name}: ${naming(image)}`;
  }
  rows.onclick = (event) => {
    const image = event.target.closest(".cell");
    if (image) opening(image);
  };
  rows.onkeydown = (event) => {
    if (event.key === "Enter" && current?.isConnected) {
      event.preventDefault(); // or it presses the button that closes again
      return opening(current);
    }
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (!right && !down) return;
    event.preventDefault();
    const found = lines();
    const line = found.findIndex((cells) => cells.includes(current));
    if (line < 0) return choose(found[0]?.[0]);
    const next = found[Math.min(found.length - 1, Math.max(0, line + down))];
    const column = found[line].indexOf(current) + right;
    choose(next[Math.min(next.length - 1, Math.max(0, column))]);
  };
}
