"""The whole comparison of made-up records: every variant's own figures, images and curves, and no network."""

import base64
import csv
import json
import re
import subprocess
import sys
from collections.abc import Mapping
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
from synthetic import DATA_SHA256, VARIANTS, Everything
from torch import Tensor

from hourglass import metrics
from hourglass.corruptions import TESTED, Corruption, Inputs
from hourglass.figures import samples
from hourglass.files import sha256
from hourglass.paths import EVALUATION, IMAGES, INPUTS, LATENT, METRICS, PLOTS, SWEEP_TABLE
from hourglass.records import sweep as table
from hourglass.records.sweep import Trial
from hourglass.report import Comparison, Swept
from hourglass.report.comparison import PICTURES
from hourglass.report.losses import curve
from hourglass.report.page import SWEPT
from hourglass.report.sprites import drawing
from hourglass.report.sweep_findings import bottleneck
from hourglass.settings import params, stages
from hourglass.settings.describe import describe_variant
from hourglass.settings.grids import Grid
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import trials as trials_module
from hourglass.sweep.trials import trials
from stages.compare import main

ALL = synthetic.everything()


@pytest.fixture(scope="module")
def found() -> Comparison:
    return ALL.compare()


@pytest.fixture(scope="module")
def data(found: Comparison) -> dict[str, Any]:
    """What the page's script works on."""
    content: dict[str, Any] = json.loads(re.findall(r'id="data">(.*?)</script>', found.page, re.DOTALL)[0])
    return content


def _sheet(page: str, data: Mapping[str, Any], name: str) -> NDArray[np.uint8]:
    """The images of a sheet of the page, (N, 28, 28), black ones at the end included."""
    (uri,) = re.findall(rf"\.sheet-{name} {{ background-image: url\(data:image/webp;base64,(.*?)\)", page)
    picture = np.asarray(Image.open(BytesIO(base64.b64decode(uri))).convert("L"))
    rows, columns = data["sheets"][name]["rows"], data["sheets"][name]["columns"]
    return picture.reshape(rows, 28, columns, 28).swapaxes(1, 2).reshape(-1, 28, 28)


def _starts_with(shown: NDArray[np.uint8], images: Tensor) -> bool:
    """Each image its own, as far as compression leaves it; unlike ones differ by 80 on average."""
    expected = images.reshape(-1, 28, 28).numpy()
    return bool(np.abs(shown[: len(expected)].astype(int) - expected).mean(axis=(1, 2)).max() < 15)


def test_rows_are_those_of_each_variants_records(found: Comparison) -> None:
    assert found.summary.dataset == "digits"
    assert list(found.summary.variants) == list(VARIANTS)
    for name, records in ALL.variants.items():
        row = metrics.row(records.figures, ALL.baselines)
        assert found.summary.variants[name] == {key: value for key, value in row.items() if value is not None}
        assert row["mse"] == records.evaluation.clean["mse"]
    sentences = "".join(f"- {sentence}\n" for sentence in found.summary.findings)
    descent = "".join(f"- {sentence}\n" for sentence in synthetic.STUDY.findings)
    assert found.text.startswith(f"{found.brief}\n## ")
    assert re.findall(r"]\(\.\./plots/compare/(.*)\.png\)", found.text) == list(PICTURES)
    assert found.figures.keys() == PICTURES.keys()
    assert found.text.endswith(f"\n\n{sentences}\n## Kinds of gradient descent\n\n{descent}")
    assert "\n## Findings\n" in found.text
    assert all(f"- *{metric.title}*: {metric.meaning}.\n" in found.text for metric in metrics.METRICS)
    said = [unescape(sentence) for sentence in re.findall(r"<li>(.*?)</li>", found.page)]
    assert said == [*found.summary.findings, *synthetic.STUDY.findings]


def test_the_best_on_the_page_are_the_best_of_the_markdown_tables(found: Comparison) -> None:
    best = re.findall(r'class="best">\s*(.*?)</td>', found.page)
    assert best == re.findall(r"\| \*\*(.*?)\*\*", re.sub(" +", " ", found.text))
    assert len(best) > 10


def test_who_is_best_stands_first_in_the_text_and_on_the_page(found: Comparison) -> None:
    said = re.findall(r"^- \*\*(.*?)\*\*: (.*)$", found.brief, re.MULTILINE)
    assert [title.split(",")[0] for title, _ in said] == ["Best reconstruction", "Best denoiser", "Best code"]
    on_page = re.findall(r'<p class="winner"><strong>(.*?)</strong> (.*?)</p>', found.page)
    assert [tuple(map(unescape, one)) for one in on_page] == said
    for variant, records in ALL.variants.items():
        assert f"<small>{describe_variant(records.training)}</small>" in found.page
        assert f"| {variant} " in found.brief


def test_what_a_sweep_says_stands_with_the_other_findings(found: Comparison, tmp_path: Path) -> None:
    swept = synthetic.swept(tmp_path)
    with_sweep = ALL.compare(swept)
    said = with_sweep.summary.findings
    assert said == (*found.summary.findings, *bottleneck(swept.trials))
    assert len(said) > len(found.summary.findings)
    assert re.findall(r'<img src="([^"]+)"', with_sweep.page) == [drawing(swept.pictures[name]) for name in SWEPT]
    assert 'id="sweep"' not in found.page


def test_pairs_follow_from_how_variants_were_trained(found: Comparison) -> None:
    assert [
        said for said in found.summary.findings if said.startswith("selu_2, with a code of 2 numbers, reconstructs")
    ]
    selu = ALL.variants["selu"]
    longer = replace(selu, training=selu.training.model_copy(update={"seed": 1}))
    other = replace(ALL, variants={**ALL.variants, "selu": longer}).compare()
    assert not [said for said in other.summary.findings if said.startswith("selu_2, with")]


def test_the_page_shows_what_each_variant_made_of_the_samples(found: Comparison, data: dict[str, Any]) -> None:
    chosen = ALL.variants["linear"].evaluation_images.samples
    given = torch.stack([ALL.inputs[name][chosen] for name in TESTED])
    assert _starts_with(_sheet(found.page, data, "test"), given)
    assert data["perClass"] == synthetic.OF_EACH_CLASS
    assert data["corruptions"] == ["nothing", "Gaussian noise", "occlusion", "noise and occlusion"]
    for number, records in enumerate(ALL.variants.values()):
        images = records.evaluation_images
        assert _starts_with(_sheet(found.page, data, f"images-{number}"), images.reconstructions)
        assert np.abs(np.array(data["errors"][number]) - images.sample_errors.numpy()).max() < 6e-6


def test_the_page_shows_what_each_variant_decoded(found: Comparison, data: dict[str, Any]) -> None:
    for number, (name, records) in enumerate(ALL.variants.items()):
        latent = records.latent_images
        planes = torch.cat([latent.planes[plane].flatten(0, 1) for plane in ("images", "principal")])
        assert _starts_with(_sheet(found.page, data, f"planes-{number}"), planes)
        ways = (*synthetic.ways(name), "uniform")
        generated = [latent.generated[way] for way in ways]
        decoded = torch.cat([latent.lines.flatten(0, 1), latent.mixtures.flatten(0, 1), *generated])
        assert _starts_with(_sheet(found.page, data, f"decoded-{number}"), decoded)
        assert data["generated"][number]["distances"] == [records.analysis.decoded.generation[way] for way in ways]
        assert np.abs(np.array(data["maps"][number]["points"]) - latent.positions.numpy()).max() < 6e-3
        assert data["maps"][number]["note"] == f"10-NN accuracy on the map {records.analysis.map_knn:.0%}"
    ends = ALL.variants["linear"].latent_images.ends
    assert _starts_with(_sheet(found.page, data, "ends"), ALL.test.images[ends])
    assert data["lines"]["ends"] == ALL.test.labels[ends].tolist()
    assert _starts_with(_sheet(found.page, data, "mapped"), ALL.test.images[: synthetic.MAPPED])
    assert data["labels"] == ALL.test.labels[: synthetic.MAPPED].tolist()
    assert data["samples"] == ALL.variants["linear"].evaluation_images.samples.tolist()
    assert data["corners"] == [["0", "1", "7", "8"], []]


def test_the_page_knows_of_every_mapped_image_its_error_and_its_neighbours(
    found: Comparison, data: dict[str, Any]
) -> None:
    for number, records in enumerate(ALL.variants.values()):
        codes = records.latent_images.codes[: synthetic.MAPPED].double()
        distances = torch.cdist(codes, codes)
        for image, others in enumerate(data["nearest"][number]):
            assert image not in others
            beyond = [other for other in range(len(codes)) if other not in (image, *others)]
            assert distances[image, others].max() <= distances[image, beyond].min()
        errors = records.evaluation_images.errors[: synthetic.MAPPED].numpy()
        assert np.abs(np.array(data["mappedErrors"][number]) - errors).max() < 6e-5


def test_curves_are_those_of_the_histories(found: Comparison, data: dict[str, Any]) -> None:
    for number, records in enumerate(ALL.variants.values()):
        for images, column in (("training", "train_mse"), ("test", "test_mse")):
            points = curve(records.history, column)
            points = [(0, value) for _, value in points] if records.closed_form else points
            assert [point[0] for point in data["curves"][images][number]] == [epoch for epoch, _ in points]
            assert data["curves"][images][number] == [
                [epoch, pytest.approx(value, abs=1e-6)] for epoch, value in points
            ]
    assert data["curves"]["test"][-1][0][0] == 0  # pca


def test_origins_are_those_of_each_variant(found: Comparison) -> None:
    origin = found.page[found.page.index('id="origin"') :]
    assert "seed 7" in origin
    for name, details in zip(VARIANTS, origin.split("<details>")[1:], strict=True):
        records = ALL.variants[name]
        shown = re.findall(r"<dd><code>(.*?)</code></dd>", details)
        assert shown[:2] == [DATA_SHA256, records.evaluation.model_sha256]
        assert records.evaluation.model_sha256 in shown[2]
        settings = re.findall(r"<pre>(.*?)</pre>", details, re.DOTALL)[0]
        assert settings.startswith(f"variant: {name}\n")
        assert f"latent: {records.training.network.latent}\n" in settings
        assert f"corruption: {records.training.corruption}\n" in settings


def _drawn(figure: Figure) -> Any:
    return figure.axes[0].images[0].get_array()


@pytest.mark.parametrize(
    ("picture", "corruption", "first"),
    [("reconstructions", "none", "test image"), ("restorations", "gaussian", "noisy input")],
)
def test_pictures_show_the_first_of_each_class(found: Comparison, picture: str, corruption: str, first: str) -> None:
    chosen = ALL.test.first_of_each_class()
    level = list(TESTED).index(corruption)
    made = {
        name: of.evaluation_images.reconstructions[level, :: synthetic.OF_EACH_CLASS]
        for name, of in ALL.variants.items()
    }
    expected = samples.rows({first: ALL.inputs[corruption][chosen], **made}, "", ALL.test.classes)
    assert np.array_equal(_drawn(found.figures[picture]), _drawn(expected))
    axes = [figure.axes[0] for figure in (found.figures[picture], expected)]
    labels = [[text.get_text() for text in ax.get_yticklabels()] for ax in axes]
    assert labels[0] == labels[1]


def test_the_overview_shows_the_reconstructions_and_the_maps_their_codes(found: Comparison) -> None:
    strips = [strip.get_array() for strip in found.figures["overview"].axes[0].images]
    assert len(strips) == 1 + len(VARIANTS)
    chosen = ALL.test.first_of_each_class()
    made = [of.evaluation_images.reconstructions[0, :: synthetic.OF_EACH_CLASS] for of in ALL.variants.values()]
    for strip, images in zip(strips, [ALL.test.images[chosen], *made], strict=True):
        assert strip is not None
        assert np.array_equal(strip[:, :28], images[0].numpy().astype(np.float32) / 255)
        assert np.array_equal(strip[:, -28:], images[-1].numpy().astype(np.float32) / 255)
    for ax, records in zip(found.figures["codes"].axes, ALL.variants.values(), strict=False):
        points = np.concatenate([marks.get_offsets() for marks in ax.collections])
        expected = records.latent_images.positions.numpy()
        assert np.allclose(np.sort(points[:, 0]), np.sort(expected[:, 0]))
        own = ax.collections[3].get_offsets()  # the marks of class 3
        assert np.allclose(own, expected[(ALL.test.labels[: synthetic.MAPPED] == 3).numpy()])
        assert ax.get_xlabel() == ("code number 1" if records.training.network.latent == 2 else "t-SNE 1")


def test_the_losses_are_drawn_on_training_images_to_the_left(found: Comparison) -> None:
    for ax, images in zip(found.figures["losses"].axes, ("training", "test"), strict=True):
        assert ax.get_title() == f"{images} loss"
        for line, losses in zip(ax.lines, found.losses.values(), strict=True):
            drawn = [losses[images][0][1]] * 2 if losses[images][0][0] == 0 else [v for _, v in losses[images]]
            assert list(line.get_ydata()) == drawn  # type: ignore[call-overload]


def test_the_share_that_shows_its_class_is_drawn_epoch_by_epoch(found: Comparison) -> None:
    (ax,) = found.figures["class-kept"].axes
    for line, (name, records) in zip(ax.lines, ALL.variants.items(), strict=True):
        assert line.get_label() == name
        shares = records.learning.columns["label_accuracy"]
        assert list(line.get_ydata()) == (list(shares) * 2 if name == "pca" else shares)  # type: ignore[call-overload]


def test_everything_is_saved_the_same_for_the_same_records(found: Comparison, tmp_path: Path) -> None:
    for place in ("one", "two"):
        synthetic.everything().compare().save(tmp_path / place / "metrics", tmp_path / place / "plots")
    files = {file.relative_to(tmp_path / "one"): file for file in (tmp_path / "one").rglob("*") if file.is_file()}
    pictures = ("class-kept", "codes", "losses", "overview", "reconstructions", "restorations")
    assert {str(name) for name in files} == {
        "metrics/compare.json",
        "metrics/compare.md",
        "metrics/answers.md",
        *(f"metrics/compare/{name}.json" for name in VARIANTS),
        "plots/index.html",
        "plots/losses.csv",
        *(f"plots/{name}.png" for name in pictures),
    }
    for name, file in files.items():
        assert file.read_bytes() == (tmp_path / "two" / name).read_bytes()
    summary = json.loads((tmp_path / "one/metrics/compare.json").read_text())
    assert summary["variants"]["linear"]["latent"] == 8
    assert summary["variants"]["linear"]["collapsed"] is False
    assert (tmp_path / "one/metrics/compare.md").read_text() == found.text
    row = metrics.headlines(summary["variants"]["selu"])
    assert json.loads((tmp_path / "one/metrics/compare/selu.json").read_text()) == row
    with (tmp_path / "one/plots/losses.csv").open() as file:
        lines = [line for line in csv.DictReader(file) if line["variant"] == "selu" and line["set"] == "test"]
    assert [float(line["mse"]) for line in lines] == [v for _, v in curve(ALL.variants["selu"].history, "test_mse")]


def test_variants_are_compared_in_the_order_they_are_given() -> None:
    names = ("pca", "linear")
    one = Everything(ALL.settings, {name: ALL.variants[name] for name in names}, ALL.baselines, ALL.test, ALL.inputs)
    found = one.compare()
    assert list(found.summary.variants) == list(names)
    assert found.figures["overview"].axes[0].images


def test_the_stage_compares_what_the_other_stages_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trainings = {f"train/{name}": records.training for name, records in ALL.variants.items()}
    for name, records in ALL.variants.items():
        records.history.save(PLOTS / "train" / name / "history.csv")
        records.learning.save(PLOTS / "evaluate" / name / "through-training.csv")
        records.evaluation.save(METRICS / "evaluate" / f"{name}.json")
        records.evaluation_images.save(EVALUATION / f"{name}.safetensors")
        records.analysis.save(METRICS / "latent-analysis" / f"{name}.json")
        records.latent_images.save(LATENT / f"{name}.safetensors")
    ALL.baselines.save(METRICS / "baselines.json")
    synthetic.STUDY.save(METRICS / "sgd-variants.json")
    ALL.test.save(IMAGES / "test.safetensors")
    (IMAGES / "train.safetensors").write_bytes(synthetic.TRAINING_IMAGES)
    for name, images in ALL.inputs.items():
        strengths = {"sigma": 0.3, "occlusion": 12}
        Inputs(images, Corruption.of(name, strengths)).save(INPUTS / name / "test.safetensors")
    sweep = of_digits({"variants": ["linear"], "seeds": [0, 1]})
    stages.write({"compare": ALL.settings, "sweep": sweep, **trainings})
    hashes = {split: sha256(IMAGES / f"{split}.safetensors") for split in ("train", "test")}
    made = trials(sweep, {"digits": hashes})
    figures = ALL.variants["linear"].figures
    rows = [swept_row(trial, figures | {"clean.mse": mse}) for trial, mse in zip(made, (0.02, 0.04), strict=True)]
    outdated = replace(rows[0], key="of other code", seed=7, results=figures | {"clean.mse": 0.9})
    table.save([*rows, outdated], SWEEP_TABLE)
    main()
    assert "0.0300 ± 0.0141" in (METRICS / "compare.md").read_text()
    SWEEP_TABLE.unlink()
    main()
    # a comparison of its own: a figure that is drawn a second time is laid out anew
    ALL.compare().save(Path("expected/metrics"), Path("expected/plots"))
    for file in Path("expected/metrics").rglob("*.*"):
        assert (METRICS / file.relative_to("expected/metrics")).read_bytes() == file.read_bytes()
    for file in Path("expected/plots").iterdir():
        assert (PLOTS / "compare" / file.name).read_bytes() == file.read_bytes()


def of_digits(grid: dict[str, Any]) -> SweepConfig:
    """What the stage sweep is told of params.yaml, with one grid."""
    told = stages.resolve(params.load(synthetic.ROOT / "params.yaml"))["sweep"]
    assert isinstance(told, SweepConfig)
    grids = {"sheets": Grid.model_validate({"datasets": ["digits"], **grid})}
    return told.model_copy(update={"sweep": told.sweep.model_copy(update={"grids": grids})})


def swept_row(trial: trials_module.Trial, results: dict[str, float]) -> Trial:
    latent, seed = trial.settings.network.latent, trial.seed
    return Trial(trial.grid, "digits", trial.variant, latent, "", trial.epochs, seed, trial.key, results)


def test_the_comparison_imports_nothing_that_computes() -> None:
    code = "import hourglass.report, sys; print(*(name for name in sys.modules if name.startswith('hourglass.')))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    ).stdout.split()
    assert "hourglass.report" in loaded
    forbidden = (
        "hourglass.models",
        "hourglass.evaluation",
        "hourglass.latent",
        "hourglass.training",
        "hourglass.classifier",
    )
    assert [name for name in loaded if name.startswith(forbidden)] == []


def test_trainings_with_the_settings_of_the_run_give_its_figures_their_spread() -> None:
    linear = ALL.variants["linear"]
    of_the_run = linear.training.hash_without_seed()
    usual = {"grid": "sheets", "dataset": "digits", "variant": "linear", "latent": 8, "sigma": "", "epochs": 50}
    trials = [
        Trial(**usual, seed=seed, key=f"{settings} {seed}", results={**linear.figures, "clean.mse": mse})
        for settings, values in ((of_the_run, (0.02, 0.03, 0.04)), ("another", (0.5, 0.6)))
        for seed, mse in enumerate(values)
    ]
    failed = replace(trials[0], seed=9, results={})
    found = ALL.compare(Swept([*trials, failed], {trial.key: trial.key.split()[0] for trial in trials}))
    assert "| 0.0300 ± 0.0100 |" in found.text.replace("*", "")
    assert ">0.0300 ± 0.0100</td>" in found.page
    assert found.summary.variants["linear"]["mse"] == linear.evaluation.clean["mse"]  # of the model that is there
    (selu,) = [line for line in found.text.splitlines() if line.startswith("| selu |")][:1]
    assert "±" not in selu


def test_other_settings_than_the_seed_are_another_training() -> None:
    training = ALL.variants["linear"].training
    assert training.model_copy(update={"seed": 5}).hash_without_seed() == training.hash_without_seed()
    assert training.model_copy(update={"fresh_noise": False}).hash_without_seed() != training.hash_without_seed()
