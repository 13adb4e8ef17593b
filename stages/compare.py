"""Put all variants of params.yaml side by side: `python -m stages.compare`."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from hourglass import comparison, latent, models, training
from hourglass.comparison.findings import Curve
from hourglass.comparison.losses import COLUMNS, History
from hourglass.comparison.table import HEADLINES
from hourglass.data import Images, Inputs
from hourglass.figures import curves, maps, samples, style
from hourglass.figures.overview import overview
from hourglass.files import replacing, write_json
from hourglass.settings.params import load
from stages import run
from stages.comparison_page import write_page
from stages.paths import IMAGES, INPUTS, METRICS, MODELS, PLOTS
from stages.registration import register

OUT = PLOTS / "compare"
LONGEST_LABEL = 13  # characters


def main() -> None:
    params = load()
    baselines = read(METRICS, "baselines")
    rows = {
        name: comparison.row(read(METRICS / "evaluate", name), read(METRICS / "latent-analysis", name), baselines)
        for name in params.variants
    }
    histories = {name: history(name, closed_form=params.variants[name].train is None) for name in rows}
    losses = {name: measured(lines) for name, lines in histories.items()}
    pairs = comparison.code_size_pairs({name: params.variant(name) for name in rows})
    test_losses = {name: of["test"] for name, of in losses.items()}
    found = comparison.findings(rows, baselines, pairs, test_losses)
    text = comparison.markdown(rows) + "\n" + "".join(f"- {sentence}\n" for sentence in found)
    write_figures(params.data.dataset, rows, found, text)
    comparison.write_losses(histories, OUT / "losses.csv")
    for name, figure in pictures(rows, losses, params.run_name(params.data.dataset)).items():
        style.save(figure, OUT / f"{name}.png")
    write_page(params, rows, losses, found, OUT / "index.html")
    register(params, rows)
    print(text)


def read(folder: Path, name: str) -> dict[str, Any]:
    """A JSON file of metrics."""
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return content


def write_figures(dataset: str, rows: Mapping[str, comparison.Row], found: list[str], text: str) -> None:
    """All figures, for programs and for readers; the first of each variant in a file, a line of DVC's table."""
    write_json(METRICS / "compare.json", {"dataset": dataset, "variants": rows, "findings": found})
    for name, row in rows.items():
        write_json(METRICS / "compare" / f"{name}.json", {key: row[key] for key in HEADLINES})
    with replacing(METRICS / "compare.md") as part:
        part.write_text(text, encoding="utf-8")


def history(name: str, closed_form: bool) -> History:
    """What was measured after every epoch; a closed form takes none, so that its one line is that of epoch 0."""
    with (PLOTS / "train" / name / "history.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return [line | {"epoch": "0"} for line in lines] if closed_form else lines


def measured(lines: History) -> dict[str, Curve]:
    """The curves of a history, by the images they were measured on."""
    return {
        of: [(int(line["epoch"]), float(line[column])) for line in lines if line[column]]
        for of, column in COLUMNS.items()
    }


def pictures(
    rows: Mapping[str, comparison.Row], losses: Mapping[str, Mapping[str, Curve]], ran: str
) -> dict[str, Figure]:
    """All variants beside each other: their loss curves, the same images through each, the maps of their codes.

    ran: what was run, such as `mnist latent=2`, for the titles.
    """
    test = Images.load(IMAGES / "test.safetensors")
    noisy = Inputs.load(INPUTS / "gaussian" / "test.safetensors")
    first = test.first_of_each_class()
    found = {name: models.load(MODELS / f"{name}.safetensors") for name in rows}
    clean, restored = (
        {name: models.reconstruct(model, images[first]) for name, model in found.items()}
        for images in (test.images, noisy.images)
    )
    through = f"{ran}: the same ten test images through every variant"
    training_losses, test_losses = ({name: of[kind] for name, of in losses.items()} for kind in ("training", "test"))
    return {
        "overview": overview(test.images[first], clean, rows, f"{ran}: all variants at a glance"),
        "losses": curves.losses(
            training_losses, test_losses, f"{ran}: loss against epochs, each variant on the input it is trained for"
        ),
        "reconstructions": samples.rows({"test image": test.images[first], **labelled(clean)}, through, test.classes),
        "restorations": samples.rows({"noisy input": noisy.images[first], **labelled(restored)}, through, test.classes),
        "codes": code_maps(rows, test, ran),
    }


def labelled(images: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Images by variant, long names on two lines: they stand in a margin."""
    return {on_two_lines(name) if len(name) > LONGEST_LABEL else name: found for name, found in images.items()}


def on_two_lines(name: str) -> str:
    """Broken behind the underscore nearest to its middle, where there is one."""
    ends = [place + 1 for place, letter in enumerate(name) if letter == "_"]
    end = min(ends, key=lambda end: abs(end - len(name) / 2), default=len(name))
    return f"{name[:end]}\n{name[end:]}".strip()


def code_maps(rows: Mapping[str, comparison.Row], test: Images, ran: str) -> Figure:
    """The map of every variant's codes."""
    found = {}
    for name, row in rows.items():
        positions, labels = latent.read_map(PLOTS / "latent-analysis" / name / "map.csv", test.classes)
        note = f"told by neighbours {row['purity']:.0%} · silhouette {row['silhouette']:z.2f}"
        found[name] = maps.Map(positions, labels, note, maps.CODE if row["latent"] == 2 else maps.TSNE)
    caption = (
        f"The same {len(labels)} test images in the code of every variant, brought to the plane by t-SNE; a code of "
        "two numbers is drawn as it is. Told: how often the ten nearest points on the map have the point's class. "
        "Silhouette: 1 where classes are islands far apart, 0 where they overlap."
    )
    return maps.side_by_side(found, test.classes, f"{ran}: where the codes of test images lie", caption)


if __name__ == "__main__":
    run(main)
