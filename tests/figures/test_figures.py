"""Test curves, grids and captions with chosen values."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
import torch
from matplotlib.figure import Figure
from PIL import Image
from shapes import IMAGE
from synthetic_variant import assert_nothing_is_cut_off, caption
from torch import Tensor

from hourglass import metrics
from hourglass.datasets import DATASETS
from hourglass.figures import curves, decoded, grids, sgd, style
from hourglass.figures.generation import format_code, generation
from hourglass.figures.overview import BEST, overview
from hourglass.records import Study, StudyCurves
from hourglass.records.sgd import MethodResults
from hourglass.samplers import SAMPLERS

FASHION = DATASETS["fashion_mnist"].classes
CURVE = [(epoch, 0.1 / epoch) for epoch in range(1, 51)]


def images(*shape: int) -> Tensor:
    return torch.randint(256, (*shape, *IMAGE), generator=torch.Generator().manual_seed(0)).byte()


def test_losses_are_drawn_in_a_panel_per_sheet_with_closed_forms_as_lines() -> None:
    losses = {"linear": CURVE, "pca": [(0, 0.2)], "single": [(5, 0.1)], "missing": []}
    sheets = {"lmu": ["linear"], "heidelberg": ["linear"]}
    figure = curves.losses({**losses, "pca": []}, losses, "losses", sheets)
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("sheet lmu", "other")
    assert left.get_ylim() == right.get_ylim()
    training, test, closed_form = left.lines
    assert np.allclose(training.get_xydata(), CURVE)
    assert np.allclose(test.get_xydata(), CURVE)
    assert np.allclose(closed_form.get_xydata(), [[0, 0.2], [1, 0.2]])  # in fractions of the axis
    assert np.allclose(right.lines[1].get_xydata(), [[5, 0.1]])
    assert [text.get_text() for text in left.texts] == ["linear 0.00200", "pca 0.200"]
    assert [text.get_text() for text in right.texts] == ["single 0.100", "pca 0.200"]
    assert_nothing_is_cut_off(figure)


def test_rows_are_labelled_and_on_one_pixel_scale() -> None:
    pixels = images(10)
    figure = grids.rows({"test image": pixels, "convolutional_denoising": pixels}, "rows", FASHION)
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["test image", "convolutional_\ndenoising"]
    assert ax.images[0].get_clim() == (0, 1)
    picture = np.array(ax.images[0].get_array())
    assert np.allclose(picture[1:29, 31:59], pixels[1, 0] / 255)
    assert_nothing_is_cut_off(figure)


def test_the_overview_marks_what_is_significant() -> None:
    values = {
        name: {metric.key: [1.0, 2.0, 3.0 + number] for metric in metrics.overview()} | {"latent_dim": [8.0]}
        for number, name in enumerate(("linear", "selu", "pca"))
    }
    examples = images(10)
    drawn = (examples, dict.fromkeys(values, examples), values, "overview")
    plain = overview(*drawn)
    marked = overview(*drawn, best={"mse": "linear"}, ties={"gaussian_psnr": ["selu", "pca"]})
    for figure, best, rings in ((plain, 0, 0), (marked, 1, 2)):
        dots = [line.get_color() for ax in figure.axes for line in ax.lines if line.get_marker() == "o"]
        assert (dots.count(BEST), dots.count("white")) == (best, rings)
        words = " ".join(text.get_text() for text in figure.texts)
        assert ("Ring" in words) == ("Blue" in words) == bool(best)


def test_confusion_of_long_class_names_is_not_cut_off() -> None:
    counts = torch.eye(10, dtype=torch.int64) * 1000
    counts[6, 0], counts[6, 6], counts[4] = 312, 688, 0
    figure = decoded.confusion(counts, FASHION, "confusion")
    shares = np.array(figure.axes[0].images[0].get_array())
    assert shares[6, 0] == pytest.approx(31.2)
    assert (shares[4] == 0).all()
    assert caption(figure).endswith("Most frequent error: Shirt as T-shirt/top (31 %).")
    assert "Most frequent" not in caption(decoded.confusion(torch.eye(10).long(), FASHION, "perfect"))
    assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize("epochs", [1, 10, 50, 200])
def test_milestones_are_those_of_the_sheets_and_include_the_last_epoch(epochs: int) -> None:
    milestones = decoded.milestones(epochs)
    assert {1, 2, 3, 7, 8, 31, 55} & set(range(epochs)) <= set(milestones)  # 7, 8, 31 and 55 by Padova's sheet
    assert milestones[-1] == epochs
    assert len(milestones) <= 12


def samples(dims: int) -> Figure:
    codes = 5 * torch.randn(10, dims, generator=torch.Generator().manual_seed(0))
    latent = synthetic.latent_analysis("denoising_vae", dims, "gaussian")
    latent = latent.model_copy(update={"metrics": dict.fromkeys(latent.metrics, 1234.5)})
    drawn = synthetic.latent_images("denoising_vae")
    return generation(replace(drawn, generated_codes=dict.fromkeys(SAMPLERS, codes)), latent, "random codes", "none")


def test_every_sampler_is_drawn_with_its_description() -> None:
    figure = samples(32)
    for ax, (name, sampler) in zip(figure.axes, SAMPLERS.items(), strict=True):
        heading = ax.get_title("left").replace("\n", " ")
        assert heading == f"{name}: {sampler.description} · Fréchet distance 1234.5"
    assert "The first 12 of 32 values." in caption(figure)
    assert "The first" not in caption(samples(2))
    assert_nothing_is_cut_off(figure)


def test_codes_are_formatted_in_lines_of_two_values() -> None:
    assert format_code([0.126, -1.5, 23.456]) == " 0.13 −1.50\n23.46"
    assert format_code([-0.001, -23.456, 1234.5]) == " 0.00 −23.5\n 1234"
    assert format_code([1.0] * 13).endswith("\n…")


def test_gradient_descent_is_drawn_over_passes_updates_and_seconds() -> None:
    columns = {
        name: {"updates": [0, n, 2 * n], "passes": [0, 0.5, 1], "train_mse": [0.1, 0.08, 0.06], "test_mse": [0.1] * 3}
        for name, n in (("stochastic", 1000), ("mini-batch", 10), ("full-batch", 1))
    }
    row = dict.fromkeys(MethodResults.model_fields, 0) | {"batch_size": 2000, "learning_rate": 0.1}
    methods = {name: MethodResults.model_validate(row) for name in columns}
    study = Study(images=2000, common_passes=1, mean_image_mse=0.09, target_mse=0.05, methods=methods, results=())
    figure = sgd.losses(study, StudyCurves(columns), "digits")
    for ax, axis in zip(figure.axes, ("passes", "updates"), strict=True):
        assert ax.get_xscale() == ax.get_yscale() == "log"
        for number, values in enumerate(columns.values()):  # without the initial weights
            points = np.column_stack([values[axis], values["train_mse"]])[1:]
            assert np.allclose(ax.lines[2 * number].get_xydata(), points)
    seconds = {name: [0.0, 1.0, 2.0] for name in columns}
    timed = sgd.losses_by_the_clock(study, StudyCurves(columns), seconds, "digits")
    assert "differs from run to run" in caption(timed)
    for drawn in (figure, timed):
        assert_nothing_is_cut_off(drawn)


def test_saved_pictures_are_small_and_greys_stay_grey(tmp_path: Path) -> None:
    blurred = torch.nn.functional.interpolate(images(200).float(), scale_factor=0.5).repeat_interleave(2, 2).byte()
    figure = grids.grid(blurred.repeat_interleave(2, 3).reshape(10, 20, *IMAGE), "title", "caption", width=10)
    style.save(figure, tmp_path / "pairs.png")
    assert (tmp_path / "pairs.png").stat().st_size <= style.MOST_BYTES
    with Image.open(tmp_path / "pairs.png") as picture:
        colours = np.asarray(picture.convert("RGB"), dtype=int)
    assert (np.ptp(colours, axis=2) == 0).all()
    assert len(np.unique(colours)) >= 32
