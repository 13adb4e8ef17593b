"""Put all variants of params.yaml side by side: `python -m stages.compare`."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from hourglass import comparison, latent, models, training
from hourglass.data import Images, Inputs
from hourglass.figures import curves, maps, samples, style
from hourglass.files import replacing, write_json
from hourglass.params import load
from stages import run
from stages.paths import IMAGES, INPUTS, METRICS, MODELS, PLOTS

OUT = PLOTS / "compare"


def main() -> None:
    params = load()
    names = list(params.variants)
    test = Images.load(IMAGES / "test.safetensors")
    rows = {
        name: comparison.row(read(METRICS / "evaluate", name), read(METRICS / "latent-analysis", name))
        for name in names
    }
    found = comparison.findings(rows, read(METRICS, "baselines"))
    write_json(METRICS / "compare.json", {"dataset": test.dataset, "variants": rows, "findings": found})
    text = comparison.markdown(rows) + "\n" + "".join(f"- {sentence}\n" for sentence in found)
    with replacing(METRICS / "compare.md") as part:
        part.write_text(text, encoding="utf-8")
    draw_losses(names, test.dataset)
    noisy = Inputs.load(INPUTS / "gaussian" / "test.safetensors")
    draw_images(names, test, test.images, "test image", "reconstructions")
    draw_images(names, test, noisy.images, "noisy input", "restorations")
    draw_maps(rows, test)
    print(text)


def read(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file of metrics."""
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return content


def draw_losses(names: list[str], dataset: str) -> None:
    """The loss curves of all variants in one figure."""
    train, test = {}, {}
    for name in names:
        with (PLOTS / "train" / name / "history.csv").open(encoding="utf-8") as file:
            history = list(csv.DictReader(file))
        train[name] = [(int(line["epoch"]), float(line["train_mse"])) for line in history]
        test[name] = [(int(line["epoch"]), float(line["test_mse"])) for line in history if line["test_mse"]]
    style.save(curves.losses(train, test, f"{dataset}: loss against epochs"), OUT / "losses.png")


def draw_images(names: list[str], test: Images, inputs: Tensor, label: str, picture: str) -> None:
    """The same ten test images through every variant, one row a variant."""
    first = test.first_of_each_class()
    shown: dict[str, Tensor] = {label: inputs[first]}
    for name in names:
        shown[name] = training.reconstruct(models.load(MODELS / f"{name}.safetensors"), inputs[first])
    title = f"{test.dataset}: the same ten test images through every variant"
    style.save(samples.rows(shown, title, test.classes), OUT / f"{picture}.png")


def draw_maps(rows: Mapping[str, comparison.Row], test: Images) -> None:
    """The maps of two variants' codes beside each other, where the sheets compare them."""
    for pair in (("linear", "denoising"), ("convolutional_denoising", "variational")):
        if not set(pair) <= rows.keys():
            continue
        files = {name: PLOTS / "latent-analysis" / name / "map.csv" for name in pair}
        found = {name: latent.read_map(file, test.classes) for name, file in files.items()}
        axes = {name: maps.CODE for name in pair if rows[name]["latent"] == 2}
        caption = "; ".join(
            f"{name}: the ten nearest on the map tell the class of {rows[name]['purity']:.0%}, silhouette "
            f"{rows[name]['silhouette']:.2f}"
            for name in pair
        )
        title = f"{test.dataset}: where the codes of test images lie"
        style.save(maps.side_by_side(found, test.classes, title, caption + ".", axes), OUT / f"codes-{pair[1]}.png")


if __name__ == "__main__":
    run(main)
