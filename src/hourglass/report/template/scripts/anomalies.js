// Outliers that each variant finds at a threshold of the error, and its test images with the largest errors.

function anomalies() {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const rows = data.variants.map((name, v) => {
    const { worst, worstErrors } = data.anomalies[v];
    const cells = worst.flatMap((image, n) => {
      const original = cell(`worst-${v}`, n),
        reconstruction = cell(`worst-${v}`, worst.length + n);
      original.classList.toggle("apart", n > 0);
      original.title = `test image ${image}, error ${worstErrors[n].toFixed(4)}`;
      return [original, reconstruction, absoluteDifference(cell(`worst-${v}`, n), cell(`worst-${v}`, worst.length + n))];
    });
    return strip(name, " ", cells);
  });
  find("#worst").replaceChildren(...rows);
  function draw() {
    const at = number("threshold"),
      rate = data.falsePositiveRates[at];
    find("#rate").textContent = `${percent(rate)} of the test images are above it`;
    rows.forEach((row, v) => {
      const { thresholds, found } = data.anomalies[v];
      const recall = found[find("#outliers").value][at];
      const precision = recall / (recall + rate);
      find("small", row).textContent =
        `${thresholds[at].toFixed(4)}, recall ${percent(recall)}, precision ${percent(precision)}`;
    });
  }
  find("#threshold").oninput = find("#outliers").onchange = draw;
  draw();
}
