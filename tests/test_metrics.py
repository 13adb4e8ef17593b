"""One entry a figure, and everything that shows figures follows."""

import importlib
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import synthetic

from hourglass import metrics
from hourglass.corruptions import TESTED, CorruptionKind
from hourglass.metrics import Glance, Metric
from hourglass.records import Baselines, PcaScores
from hourglass.report import Comparison

FIGURES = {
    "clean.mse": 0.02,
    "clean.psnr": 17.0,
    "clean.ssim": 0.7,
    "clean.label_accuracy": 0.8,
    "clean.prediction_agreement": 0.85,
    "restored.gaussian.psnr": 15.2,
    "restored.gaussian.ssim": 0.6,
    "restored.occlusion.psnr": 14.0,
    "restored.gaussian_occlusion.psnr": 13.0,
    "through_training.wrong_class": 0.25,
    "code.size": 8,
    "code.free": 7,
    "code.active_units": 4,
    "code.participation_ratio": 2.5,
    "code.knn": 0.75,
    "code.leave_one_out_knn": 0.72,
    "code.linear_probe": 0.65,
    "code.silhouette": 0.26,
    "own.scores.mse": 0.03,
    "own.scores.psnr": 15.2,
    "own.scores.ssim": 0.6,
    "own.scores.label_accuracy": 0.7,
    "own.code.knn": 0.73,
    "own.code.linear_probe": 0.63,
    "own.code.silhouette": 0.2,
    "cost.parameters": 223408,
    "cost.encoder_multiply_adds": 111232,
    "cost.decoder_multiply_adds": 110912,
    "map_knn": 0.625,
    "decoded.class_means_recognised": 0.9,
    "decoded.generation.gaussian": 3.0,
    "decoded.generation.mixture": 2.0,
    "decoded.generation.uniform": 9.0,
    "decoded.generation.training_images": 0.5,
    "collapsed": True,
}
BASELINES = Baselines(
    mean_image={"mse": 0.08},
    originals={"label_accuracy": 0.95},
    corrupted={},
    pca={
        "2": PcaScores(clean={"mse": 0.05}, clipped={}, restored={}),
        "7": PcaScores(clean={"mse": 0.05, "psnr": 13.0}, clipped={}, restored={}),
        "8": PcaScores(clean={"mse": 0.04, "psnr": 14.0}, clipped={}, restored={}),
    },
)


def test_a_row_gathers_what_the_stages_found() -> None:
    assert metrics.row(FIGURES, BASELINES) == {
        "latent": 8,
        "parameters": 223408,
        "multiply_adds": 222144,  # of encoder and decoder together
        "mse": 0.02,
        "psnr": 17.0,
        "ssim": 0.7,
        "label_accuracy": 0.8,
        "prediction_agreement": 0.85,
        "relative_to_pca": pytest.approx(0.4),  # to that of as many free numbers, 7
        "gaussian": 15.2,
        "gaussian_ssim": 0.6,
        "occlusion": 14.0,
        "gaussian_occlusion": 13.0,
        "active_units": 4,
        "participation_ratio": 2.5,
        "knn": 0.75,
        "leave_one_out_knn": 0.72,
        "linear_probe": 0.65,
        "silhouette": 0.26,
        "map_knn": 0.625,
        "class_means_recognised": 0.9,
        "frechet_prior": None,  # of no code that has none
        "frechet_gaussian": 3.0,
        "frechet_mixture": 2.0,
        "frechet_uniform": 9.0,
        "own_mse": 0.03,
        "own_psnr": 15.2,
        "own_ssim": 0.6,
        "wrong_class": pytest.approx(0.3),
        "wrong_class_through_training": 0.25,
        "own_knn": 0.73,
        "own_linear_probe": 0.63,
        "own_silhouette": 0.2,
        "collapsed": True,
    }


def test_a_code_without_free_numbers_is_held_against_the_mean_image() -> None:
    assert metrics.row(FIGURES | {"code.free": 0}, BASELINES)["relative_to_pca"] == pytest.approx(0.25)


def test_a_swept_row_lacks_what_a_sweep_does_not_measure() -> None:
    of_a_run = ("map_knn", "through_training.wrong_class")
    figures = {name: value for name, value in FIGURES.items() if name not in of_a_run}
    whole = metrics.row(FIGURES, BASELINES)
    assert metrics.swept_row(figures, BASELINES).items() <= whole.items()
    assert set(whole) - set(metrics.swept_row(figures, BASELINES)) == {
        "map_knn",
        "wrong_class_through_training",
    }


def test_columns_of_dvcs_table_and_panels_of_the_overview() -> None:
    assert list(metrics.headlines(metrics.row(FIGURES, BASELINES)).items()) == [
        ("latent", 8),
        ("parameters", 223408),
        ("mse", 0.02),
        ("psnr", 17.0),
        ("relative_to_pca", pytest.approx(0.4)),
        ("gaussian", 15.2),
        ("label_accuracy", 0.8),
        ("knn", 0.75),
        ("frechet_gaussian", 3.0),
    ]
    assert [metric.key for metric in metrics.METRICS if metric.glance] == ["mse", "gaussian", "knn", "frechet_gaussian"]


def test_every_metric_has_a_key_a_heading_and_a_meaning_of_its_own() -> None:
    for name in ("key", "title", "meaning"):
        values = [getattr(metric, name) for metric in metrics.METRICS]
        assert all(values)
        assert len(set(values)) == len(values)
    shown = [metric for table in metrics.TABLES for metric in metrics.columns(table)]
    assert sorted(metric.key for metric in shown) == sorted(metric.key for metric in metrics.METRICS)


def test_the_best_is_at_the_better_end_and_what_is_not_there_is_no_rival() -> None:
    less = Metric("x", "x", "x", ".2f", lambda f, b: 0.0, "images", better="less")
    more = Metric("x", "x", "x", ".2f", lambda f, b: 0.0, "images", better="more")
    neither = Metric("x", "x", "x", ".2f", lambda f, b: 0.0, "images")
    values = (0.101, None, 0.2)
    assert (less.best(values), more.best(values), neither.best(values)) == (0.101, 0.2, None)
    assert less.best([None]) is None
    assert (less.text(0.101), less.text(None)) == ("0.10", "–")


def _glossary(page: str) -> dict[str, str]:
    """What the page says of its columns."""
    terms = page[page.index("What the columns mean") :].partition("</details>")[0]
    return {unescape(a): unescape(b) for a, b in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", terms)}


def _column(page: str, title: str) -> list[str]:
    """The cells of the page's table that has such a column."""
    table = next(text for text in re.findall("<table>.*?</table>", page, re.DOTALL) if f">{title}</button>" in text)
    place = re.findall(r"<button[^>]*>(.*?)</button>", table).index(title)
    lines = re.findall("<tr\\b.*?</tr>", table.partition("<tfoot>")[0], re.DOTALL)[1:]
    return [re.findall(r"<td[^>]*>\s*(.*?)</td>", line)[place - 1] for line in lines]


def _markdown_column(text: str, title: str) -> list[str]:
    table = next(part for part in text.split("\n\n") if f"| {title} |" in part)
    head, _, *lines = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]
    return [line[head.index(title)].strip("*") for line in lines if not line[1].startswith("*")]


def test_the_page_explains_every_column() -> None:
    page = synthetic.everything(("linear", "pca")).compare().page
    assert _glossary(page) == {metric.title: metric.meaning for metric in metrics.METRICS}


def test_a_new_entry_is_in_every_table_picture_file_and_in_the_glossary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = Metric(
        "bytes",
        "a code's size",
        "what a code takes up, at four bytes a number",
        ".1f",
        lambda f, b: 4.0 * f["code.size"],
        "codes",
        unit="bytes",
        better="less",
        headline=True,
        glance=Glance("bytes a code", ".0f", "Bytes: of one code."),
    )
    monkeypatch.setattr(metrics, "METRICS", (*metrics.METRICS, entry))
    found = synthetic.everything(("linear", "selu_2", "pca")).compare()
    found.save(tmp_path / "metrics", tmp_path / "plots")
    _assert_everywhere(found, "bytes", "a code&#39;s size, bytes", ["32.0", "8.0", "40.0"])
    assert _glossary(found.page)["a code's size, bytes"] == "what a code takes up, at four bytes a number"
    assert json.loads((tmp_path / "metrics/compare/selu_2.json").read_text())["bytes"] == 8.0
    texts = [text.get_text() for text in found.figures["overview"].axes[0].texts]
    assert texts[texts.index("bytes a code") :][:5] == ["bytes a code", "lower is better", "32", "8", "40"]
    assert any("Bytes: of one code." in text.replace("\n", " ") for text in texts)


def _assert_everywhere(found: Comparison, key: str, title: str, texts: list[str]) -> None:
    """The figures of all variants are in the rows, in Markdown and on the page."""
    assert [float(row[key]) for row in found.summary.variants.values()] == pytest.approx(
        [float(text) for text in texts], abs=0.051
    )
    assert _markdown_column(found.text, unescape(title)) == texts
    assert _column(found.page, title) == texts


@pytest.fixture
def blur() -> Iterator[str]:
    """A fourth corruption, as another file in data/corruptions would make it; the order puts it before another."""
    with pytest.MonkeyPatch.context() as patch:
        last = TESTED["gaussian_occlusion"]
        patch.delitem(TESTED, "gaussian_occlusion")
        patch.setitem(TESTED, "blur", CorruptionKind("motion blur", lambda images, generator: images))
        patch.setitem(TESTED, "gaussian_occlusion", last)
        importlib.reload(metrics)
        yield "blur"
    importlib.reload(metrics)


def test_a_new_corruption_has_its_column_its_meaning_and_its_images(blur: str) -> None:
    everything = synthetic.everything(("linear", "pca"))
    found = everything.compare()
    psnr = [f"{of.evaluation.restored[blur]['psnr']:.2f}" for of in everything.variants.values()]
    _assert_everywhere(found, blur, "restored from motion blur, dB", psnr)
    assert "motion blur" in _glossary(found.page)["restored from motion blur, dB"]
    assert ">motion blur</option>" in found.page
    keys = [metric.key for metric in metrics.METRICS]
    assert keys.index("blur") == keys.index("occlusion") + 1 == keys.index("gaussian_occlusion") - 1
