"""Tests of the whole comparison of synthetic records: every variant has its own metrics, images and curves."""

import base64
import csv
import json
import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import synthetic
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.metrics import METRICS
from hourglass.records import History
from hourglass.report import PICTURES, Comparison, ReportInputs, SweepResults, compare
from hourglass.report.answers import parse
from hourglass.report.inputs import LOSSES
from hourglass.samplers import SAMPLERS

INPUTS = synthetic.inputs()


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(INPUTS)


@pytest.fixture(scope="module")
def data(comparison: Comparison) -> dict[str, Any]:
    """Return what the scripts of the page work on."""
    return page_data(comparison.page)


def page_data(page: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)[0])
    return content


def sheet(page: str, data: dict[str, Any], name: str) -> NDArray[np.uint8]:
    """Return the images of a sprite sheet of the page, (N, 28, 28)."""
    (uri,) = re.findall(rf"\.sheet-{name} {{ background-image: url\(data:image/webp;base64,(.*?)\)", page)
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(uri))).convert("L"))
    rows, columns = data["sheets"][name]["rows"], data["sheets"][name]["columns"]
    return pixels.reshape(rows, 28, columns, 28).swapaxes(1, 2).reshape(-1, 28, 28)


def starts_with(shown: NDArray[np.uint8], images: Tensor) -> bool:
    """Return whether the images are equal up to compression; different ones differ by 80 on average."""
    expected = images.reshape(-1, 28, 28).numpy()
    return bool(np.abs(shown[: len(expected)].astype(int) - expected).mean(axis=(1, 2)).max() < 15)


def test_rows_are_the_recorded_metrics(comparison: Comparison) -> None:
    assert list(comparison.summary.variants) == list(synthetic.VARIANTS)
    for name, records in INPUTS.variants.items():
        row = comparison.summary.variants[name]
        recorded = records.evaluation.metrics | records.latent.metrics
        assert {key: row[key] for key in METRICS if key in recorded} == {
            key: recorded[key] for key in METRICS if key in recorded
        }
        assert row["relative_to_pca"] == pytest.approx(
            row["mse"] / INPUTS.baselines.pca[str(recorded["free_dims"])].clean["mse"]
        )


def test_tables_and_results_are_the_same_in_markdown_json_and_on_the_page(comparison: Comparison) -> None:
    results = comparison.summary.results
    assert len(results) > 3
    items = [unescape(sentence) for sentence in re.findall(r"<li>(.*?)</li>", comparison.page)]
    assert items == list(results)
    assert [line for line in comparison.text.splitlines() if line.removeprefix("- ") in results] == [
        f"- {sentence}" for sentence in results
    ]
    assert re.findall(r"]\(\.\./plots/compare/(.*)\.png\)", comparison.text) == list(PICTURES)
    assert comparison.figures.keys() == PICTURES.keys()
    assert all(metric.description in comparison.text for metric in METRICS.values())
    best = re.findall(r'class="best">\s*(.*?)</td>', comparison.page)
    assert best == re.findall(r"\| \*\*(.*?)\*\*", re.sub(" +", " ", comparison.text))
    assert comparison.text.startswith(f"{comparison.brief}\n## ")
    assert comparison.brief.startswith("| variant ")


@pytest.fixture(scope="module")
def letters() -> tuple[ReportInputs, Comparison]:
    """Return records of two variants on images of 26 classes, and their comparison."""
    inputs = synthetic.inputs(("denoising_vae", "linear"), classes=tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return inputs, compare(inputs)


def test_sentences_about_missing_variants_are_left_out(letters: tuple[ReportInputs, Comparison]) -> None:
    for partial, names in ((letters[1], ["denoising_vae", "linear"]), (compare(synthetic.inputs(("pca",))), ["pca"])):
        assert list(partial.summary.variants) == names
        words = set(re.findall(r"\w+", " ".join(partial.summary.results))) - {"denoising", "linear", "convolutional"}
        assert not words & synthetic.settings().variants.keys() - set(names)
        assert "No answer: this run does not compare " in partial.answers


def test_every_question_of_the_sheets_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("page", "_figures"):  # take most of the time
        monkeypatch.setattr(f"hourglass.report.comparison.{name}", lambda *_, **__: "")
    names = dict.fromkeys(name for sheet in synthetic.settings().sheets.values() for name in sheet)
    answers = compare(synthetic.inputs(tuple(names))).answers
    assert "No answer" not in answers
    questions = re.findall(r"^### (.+)\n\n(.+)", answers, re.MULTILINE)
    assert len(questions) == 19
    assert all(len(answer) > 25 for _, answer in questions)
    assert len(re.findall("^## ", answers, re.MULTILINE)) == 5


def test_runs_of_a_sweep_with_the_same_settings_are_the_seeds_of_a_variant() -> None:
    linear = INPUTS.variants["linear"].config
    sweep = synthetic.sweep({})
    trials = [replace(trial, key=str(n)) for n, trial in enumerate(sweep.trials) if trial.variant == "linear"]
    configs = {"0": linear.hash_without_seed(), "1": linear.model_copy(update={"seed": 5}).hash_without_seed()}
    configs["2"] = linear.model_copy(update={"fresh_noise": not linear.fresh_noise}).hash_without_seed()
    runs = replace(INPUTS, sweep=SweepResults(trials, configs)).runs
    assert runs["linear"].values("mse") == [trials[0].results["mse"], trials[1].results["mse"]]
    assert runs["pca"].values("mse") == [INPUTS.variants["pca"].evaluation.metrics["mse"]]


def test_the_page_shows_the_reconstructions_of_every_variant(comparison: Comparison, data: dict[str, Any]) -> None:
    chosen = INPUTS.first.evaluation_images.examples
    examples = torch.stack([INPUTS.corrupted[name][chosen] for name in TESTED])
    assert starts_with(sheet(comparison.page, data, "test"), examples)
    assert data["perClass"] == synthetic.PER_CLASS
    assert data["examples"] == chosen.tolist()
    for number, records in enumerate(INPUTS.variants.values()):
        images = records.evaluation_images
        assert starts_with(sheet(comparison.page, data, f"images-{number}"), images.reconstructions)
        assert np.abs(np.array(data["errors"][number]) - images.example_errors.numpy()).max() < 6e-6


def test_the_page_shows_the_decoded_codes_of_every_variant(comparison: Comparison, data: dict[str, Any]) -> None:
    for number, records in enumerate(INPUTS.variants.values()):
        latent = records.latent_images
        planes = torch.cat([latent.planes[plane].flatten(0, 1) for plane in ("images", "principal")])
        assert starts_with(sheet(comparison.page, data, f"planes-{number}"), planes)
        samplers = [sampler for sampler in SAMPLERS if sampler in latent.generated]
        generated = [latent.generated[sampler] for sampler in samplers]
        decoded = torch.cat([latent.interpolations.flatten(0, 1), latent.mixtures.flatten(0, 1), *generated])
        assert starts_with(sheet(comparison.page, data, f"decoded-{number}"), decoded)
        distances = [records.latent.metrics[f"frechet_{sampler}"] for sampler in samplers]
        assert data["generated"][number]["distances"] == distances
        assert np.abs(np.array(data["embeddings"][number]) - latent.embedding.numpy()).max() < 6e-3
    ends = INPUTS.first.latent_images.ends
    assert starts_with(sheet(comparison.page, data, "ends"), INPUTS.test.images[ends])
    assert data["interpolations"]["ends"] == INPUTS.test.labels[ends].tolist()
    assert starts_with(sheet(comparison.page, data, "embedded"), INPUTS.test.images[: synthetic.EMBEDDED])
    assert data["labels"] == INPUTS.test.labels[: synthetic.EMBEDDED].tolist()


def test_images_of_many_classes_are_compared_by_examples_of_twenty(letters: tuple[ReportInputs, Comparison]) -> None:
    inputs, result = letters
    for name in ("overview", "reconstructions", "restorations"):
        (picture, *_) = [image for ax in result.figures[name].axes for image in ax.images]
        assert picture.get_array().shape[1] == 20 * 30
    page = page_data(result.page)
    assert (page["perClass"], page["mixed"], page["corners"]) == (2, 20, [["A", "B", "H", "I"], []])
    latent = inputs.first.latent_images
    decoded = torch.cat([latent.interpolations.flatten(0, 1), latent.mixtures.flatten(0, 1)])
    assert starts_with(sheet(result.page, page, "decoded-0"), decoded)


def test_the_page_has_the_neighbours_in_every_latent_space(data: dict[str, Any]) -> None:
    for number, records in enumerate(INPUTS.variants.values()):
        codes = records.latent_images.codes[: synthetic.EMBEDDED].double()
        distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
        assert data["nearest"][number] == distances.argsort(dim=1)[:, :5].tolist()


def test_curves_have_a_point_per_measured_loss_and_a_closed_form_has_epoch_0() -> None:
    history = History([1, 2], {"train_mse": [0.5, 0.25], "test_mse": [None, 0.3]})
    linear, pca = (replace(INPUTS.variants[name], history=history) for name in ("linear", "pca"))
    assert [linear.curve(column) for column in LOSSES.values()] == [[(1, 0.5), (2, 0.25)], [(2, 0.3)]]
    assert pca.curve("test_mse") == [(0, 0.3)]


def test_curves_are_those_of_the_histories(data: dict[str, Any]) -> None:
    for number, records in enumerate(INPUTS.variants.values()):
        for images, column in LOSSES.items():
            assert data["curves"][images][number] == [
                [epoch, pytest.approx(value, abs=1e-6)] for epoch, value in records.curve(column)
            ]


def test_provenance_is_that_of_each_variant(comparison: Comparison) -> None:
    provenance = comparison.page[comparison.page.index('id="provenance"') :]
    assert "seed 7" in provenance
    for (name, records), details in zip(INPUTS.variants.items(), provenance.split("<details>")[1:], strict=True):
        shown = re.findall(r"<dd><code>(.*?)</code></dd>", details)
        assert shown[:2] == [synthetic.DATA_SHA256, records.evaluation.model_sha256]
        assert records.evaluation.model_sha256 in shown[2]
        assert f"variant: {name}\n" in details
        assert f"corruption: {records.config.corruption}\n" in details


def test_files_of_a_comparison(comparison: Comparison, tmp_path: Path) -> None:
    empty = replace(comparison, figures={name: Figure() for name in comparison.figures})
    empty.save(tmp_path / "metrics", tmp_path / "plots")
    files = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(files) == {
        *(f"metrics/{name}" for name in ("compare.json", "compare.md", "test_mse.json")),
        *(f"metrics/answers/{name}.md" for name in ("index", *synthetic.settings().sheets)),
        *(f"plots/compare/{name}" for name in ("index.html", "small.html", "losses.csv")),
        *(f"plots/compare/{name}.png" for name in PICTURES),
        *(f"plots/answers/{name}.png" for name in comparison.pictures),
    }
    rows = json.loads(files["metrics/compare.json"].read_text())["variants"]
    assert json.loads(files["metrics/test_mse.json"].read_text()) == {
        name: round(rows[name]["mse"], 5) for name in rows
    }
    with files["plots/compare/losses.csv"].open() as file:
        lines = [tuple(line.values()) for line in csv.DictReader(file)]
    assert lines == [
        (name, str(epoch), images, str(value))
        for name, records in INPUTS.variants.items()
        for images, column in LOSSES.items()
        for epoch, value in records.curve(column)
    ]


def test_the_small_page_has_fewer_images_and_links_the_pictures(comparison: Comparison) -> None:
    small = page_data(comparison.small_page)
    assert len(comparison.small_page) < len(comparison.page)
    assert len(small["examples"]) == 2 * len(INPUTS.test.classes)
    assert small["planeSteps"] == 8
    assert len(small["positions"]) == 1
    linked = re.findall(r'<img src="(.*?)"', comparison.small_page)
    paths = [block.path for block in parse(comparison.answers)]
    assert linked == [f"../{path}.png" for path in paths if path.startswith("answers/")] != []
    rows = re.findall(r"<tr data-name.*?</tr>", comparison.page, re.DOTALL)
    assert re.findall(r"<tr data-name.*?</tr>", comparison.small_page, re.DOTALL) == rows
