// Interpolations, mixtures and generated images.

function decoded() {
  const { ends, steps } = data.interpolations,
    mixed = data.mixed,
    mixtures = ends.length * steps,
    generated = mixtures + mixed ** 2;
  const range = (from, count) => [...Array(count).keys()].map((n) => from + n);
  const kinds = {
    interpolations: {
      name: "From one image to another",
      about:
        "The straight line between the codes of two test images, decoded in steps; the two test images are framed. Click a decoded image, or select it with the arrow keys and press Enter, to compare all variants.",
      first: Math.max(
        0,
        ends.findIndex(([from, to]) => from !== to),
      ),
      choices: ends.map((pair) => pair.map((label) => data.classes[label]).join(" to ")),
      title: (choice, at) => `${kinds.interpolations.choices[choice]}, ${Math.round((100 * (at - 1)) / (steps - 1))} %`,
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
        "The average of the mean codes of two classes, decoded; the selected class alone is framed. Click an image, or select it with the arrow keys and press Enter, to compare all variants.",
      choices: data.classes.slice(0, mixed),
      title: (choice, at) =>
        choice === at ? data.classes[at] : `Between ${data.classes[choice]} and ${data.classes[at]}`,
      rows: (choice) =>
        data.variants.map((name, v) => {
          const cells = range(mixtures + choice * mixed, mixed).map((n) => cell(`decoded-${v}`, n));
          cells[choice].classList.add("end");
          return strip(name, "", cells);
        }),
    },
    generated: {
      name: "Sampler",
      about:
        "Random codes, decoded. Below a name: the Fréchet distance between these and real test images in the features of the classifier; lower is more realistic.",
      first: data.samplers.findIndex((sampler) => data.generated.every(({ samplers }) => samplers.includes(sampler))),
      choices: data.samplers,
      rows: (choice) =>
        data.variants.map((name, v) => {
          const place = data.generated[v].samplers.indexOf(data.samplers[choice]);
          if (place < 0) return strip(name, "not available", []);
          return strip(
            name,
            data.generated[v].distances[place].toFixed(1),
            range(generated + place * data.perSampler, data.perSampler).map((n) => cell(`decoded-${v}`, n)),
          );
        }),
    },
  };
  const select = find("#choice");
  /** The title of an image by its place in the row; empty for images that differ between variants. */
  function describe(image) {
    const at = [...image.parentNode.children].indexOf(image);
    const original = chosen("kind") === "interpolations" && image.classList.contains("end");
    return (!original && kinds[chosen("kind")].title?.(Number(select.value), at)) || "";
  }
  /** Show the image at the same place in the row of every variant. */
  function open(image) {
    const title = describe(image);
    if (!title) return;
    const at = [...image.parentNode.children].indexOf(image);
    const tiles = data.variants.map((name) => {
      const tile = find(`#decoded-strips [data-name="${name}"] .cells`).children[at].cloneNode();
      return make("figure", { "data-name": name }, tile, make("figcaption", {}, breakable(name)));
    });
    enlarge(title, kinds[chosen("kind")].about, make("div", { class: "tiles" }, ...tiles));
  }
  openable(find("#decoded-strips"), open, describe);
  const draw = () => find("#decoded-strips").replaceChildren(...kinds[chosen("kind")].rows(Number(select.value)));
  function fill() {
    const kind = kinds[chosen("kind")];
    find("#choice-name").textContent = kind.name;
    find("#decoded-about").textContent = kind.about;
    find("#decoded-strips").dataset.kind = chosen("kind");
    select.replaceChildren(...kind.choices.map((choice, n) => make("option", { value: n }, choice)));
    select.value = Math.max(0, kind.first ?? 0);
    draw();
  }
  select.onchange = draw;
  all('input[name="kind"]').forEach((input) => {
    input.onchange = fill;
  });
  fill();
}
