// Reconstructions of the same test images by every variant.

function images() {
  const each = data.perClass,
    count = data.examples.length;
  const corruption = () => number("corruption");
  function draw() {
    const label = number("class");
    const places =
      label < 0 ? data.classes.map((_, n) => n * each) : [...Array(each).keys()].map((n) => label * each + n);
    const cells = (sheet, level) => places.map((place) => cell(sheet, level * count + place));
    const rows = [strip("test images", "", cells("test", 0), corruption() ? "" : "input")];
    if (corruption()) rows.push(strip("input", data.corruptions[corruption()], cells("test", corruption()), "input"));
    data.variants.forEach((name, variant) => {
      const errors = places.map((place) => data.errors[variant][corruption()][place]);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      rows.push(strip(name, mean.toFixed(4), cells(`images-${variant}`, corruption())));
    });
    const heads = label < 0 ? [headings(data.classes)] : [];
    find("#strips").replaceChildren(...heads, ...rows);
  }
  const place = (image) => image.dataset.index % count;
  openable(
    find("#strips"),
    (image) => openTestImage(data.examples[place(image)], place(image), corruption()),
    (image) => `${data.classes[Math.floor(place(image) / each)]}, test image ${data.examples[place(image)]}`,
  );
  find("#class").onchange = find("#corruption").onchange = draw;
  draw();
}
