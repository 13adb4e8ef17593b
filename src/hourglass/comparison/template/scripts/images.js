// The same test images through every variant.

function images() {
  const each = data.perClass,
    classes = data.classes.length;
  function draw() {
    const label = number("class"),
      corruption = number("corruption");
    const numbers =
      label < 0 ? data.classes.map((_, n) => n * each) : [...Array(each).keys()].map((n) => label * each + n);
    const cells = (sheet, level) => numbers.map((n) => cell(sheet, level * classes * each + n));
    const rows = [strip("test images", "", cells("test", 0), corruption ? "" : "given")];
    if (corruption) rows.push(strip("given", data.corruptions[corruption], cells("test", corruption), "given"));
    data.variants.forEach((name, variant) => {
      const errors = numbers.map((n) => data.errors[variant][corruption][n]);
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
      rows.push(strip(name, mean.toFixed(4), cells(`images-${variant}`, corruption)));
    });
    find("#strips").replaceChildren(...rows);
  }
  find("#class").onchange = find("#corruption").onchange = draw;
  draw();
}
