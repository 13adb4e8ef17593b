// Interpolations, mixtures, generated images.

function between() {
  const { ends, steps } = data.lines,
    classes = data.classes.length,
    mixtures = ends.length * steps,
    generated = mixtures + classes ** 2;
  const range = (from, count) => [...Array(count).keys()].map((n) => from + n);
  const kinds = {
    lines: {
      name: "From one to the other",
      about:
        "The straight line between the codes of two test images, decoded step by step; the test images, framed, at either end. A decoded image opens at a click, or by arrow keys and Enter.",
      first: Math.max(
        0,
        ends.findIndex(([from, to]) => from !== to),
      ),
      choices: ends.map((pair) => pair.map((label) => data.classes[label]).join(" to ")),
      title: (choice, at) => `${kinds.lines.choices[choice]}, ${Math.round((100 * (at - 1)) / (steps - 1))} %`,
      rows: (choice) =>
        data.variants.map((name, v) => {
          const cells = [
            cell("ends", 2 * choice),
            ...range(choice * steps, steps).map((n) => cell(`decoded-${v}`, n)),
            cell("ends", 2 * choice + 1),
          ];
          cells[0].classList.add("end");
          cells.at(-1).classList.add("end");
          return strip(name, "", cells);
        }),
    },
    mixtures: {
      name: "Mix all classes with",
      about:
        "The average of the mean codes of two classes, decoded; framed, the chosen class by itself. An image opens at a click, or by arrow keys and Enter.",
      choices: data.classes,
      title: (choice, at) =>
        choice === at ? data.classes[at] : `Between ${data.classes[choice]} and ${data.classes[at]}`,
      rows: (choice) =>
        data.variants.map((name, v) => {
          const cells = range(mixtures + choice * classes, classes).map((n) => cell(`decoded-${v}`, n));
          cells[choice].classList.add("end");
          return strip(name, "", cells);
        }),
    },
    generated: {
      name: "Codes drawn from",
      about:
        "Random codes, decoded. Below a name: the Fréchet distance between the judge's features of such images and of the test images; less is more like them.",
      first: data.ways.findIndex((way) => data.generated.every(({ ways }) => ways.includes(way))),
      choices: data.ways,
      rows: (choice) =>
        data.variants.map((name, v) => {
          const place = data.generated[v].ways.indexOf(data.ways[choice]);
          if (place < 0) return strip(name, "has none", []);
          return strip(
            name,
            data.generated[v].distances[place].toFixed(1),
            range(generated + place * data.perWay, data.perWay).map((n) => cell(`decoded-${v}`, n)),
          );
        }),
    },
  };
  const select = find("#choice");
  /** What stands at an image's place in each row, in words; empty for what has no place of its own. */
  function naming(image) {
    const at = [...image.parentNode.children].indexOf(image);
    const original = chosen("kind") === "lines" && image.classList.contains("end");
    return (!original && kinds[chosen("kind")].title?.(Number(select.value), at)) || "";
  }
  /** The same place in the row of every variant. */
  function opening(image) {
    const title = naming(image);
    if (!title) return;
    const at = [...image.parentNode.children].indexOf(image);
    const tiles = data.variants.map((name) => {
      const tile = find(`#decoded [data-name="${name}"] .cells`).children[at].cloneNode();
      return make("figure", { "data-name": name }, tile, make("figcaption", {}, breakable(name)));
    });
    enlarge(title, kinds[chosen("kind")].about, make("div", { class: "tiles" }, ...tiles));
  }
  openable(find("#decoded"), opening, naming);
  const draw = () => find("#decoded").replaceChildren(...kinds[chosen("kind")].rows(Number(select.value)));
  function fill() {
    const kind = kinds[chosen("kind")];
    find("#choice-name").textContent = kind.name;
    find("#between-about").textContent = kind.about;
    find("#decoded").dataset.kind = chosen("kind");
    select.replaceChildren(...kind.choices.map((choice, n) => make("option", { value: n }, choice)));
    select.value = kind.first ?? 0;
    draw();
  }
  select.onchange = draw;
  all('input[name="kind"]').forEach((input) => {
    input.onchange = fill;
  });
  fill();
}
