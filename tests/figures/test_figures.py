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
from hourglass.figures import curves, decoded, embeddings, grids, sgd, style
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


def test_variants_of_no_sheet_share_panels_of_four() -> None:
    names = [f"variant {number}" for number in range(9)]
    figure = curves.losses({}, dict.fromkeys(names, CURVE), "losses")
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [[line.get_label() for line in ax.lines if line.get_label() in names] for ax in shown] == [
        names[:4], names[4:8], names[8:]
    ]  # fmt: skip
    for ax in shown:
        assert len({str(line.get_color()) for line in ax.lines}) == len(ax.texts)
        heights = [text.get_position()[1] for text in ax.texts]
        assert np.diff(heights).min(initial=1) > 0.99 * curves.LABEL_GAP


def test_label_accuracy_is_in_percent() -> None:
    figure = curves.label_accuracy({"linear": [(1, 0.5), (2, 0.75)], "pca": [(0, 0.6)]}, "label accuracy")
    assert figure.axes[0].yaxis.get_major_formatter()(0.5) == "50%"
    assert [text.get_text() for text in figure.axes[0].texts] == ["pca 60.0%", "linear 75.0%"]
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


def test_rows_are_scored_against_the_first() -> None:
    black = torch.zeros(10, *IMAGE).byte()
    figure = grids.rows({"original": black, "grey": black + 51}, "rows", score="MSE")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["original", "grey\n0.0400"]
    assert caption(figure) == "Below each name, the MSE over the images shown."


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


def test_a_canvas_has_the_colours_and_sides_of_its_images() -> None:
    pixels = torch.randint(256, (2, 3, 3, 5, 8), generator=torch.Generator().manual_seed(0)).byte()
    picture = grids.canvas(pixels)
    assert picture.shape == (2 * 7, 3 * 10, 3)
    assert np.allclose(picture[8:13, 21:29], pixels[1, 2].movedim(0, -1) / 255)
    assert (picture[7] == 1).all()
    assert np.allclose(grids.canvas(pixels[:, :, :1]), picture[..., 0])


def test_a_class_without_points_stays_in_the_legend() -> None:
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    quality = synthetic.latent_analysis("name").embedding
    figure = embeddings.embedding(points, torch.zeros(30).byte(), FASHION, quality, 8, "test images", "title")
    assert len(figure.legends[0].get_texts()) == 10


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


def test_pairs_are_described_by_their_errors() -> None:
    errors = torch.full((100,), 0.02)
    errors[12], errors[37] = 0.01, 0.5
    text = caption(decoded.pairs(images(100), images(100), errors, "pairs"))
    assert "0.0100 for the best (row 2, pair 3), 0.5000 for the worst (row 4, pair 8)" in text


def test_milestones_are_dense_at_first_and_include_the_last_epoch() -> None:
    assert decoded.milestones(1) == [1]
    assert decoded.milestones(10) == list(range(1, 11))
    for epochs in (12, 50, 61, 200):
        milestones = decoded.milestones(epochs)
        assert milestones[:3] == [1, 2, 3]
        assert {7, 8, 31, 55} & set(range(epochs)) <= set(milestones)  # named by Padova's sheet
        assert milestones[-1] == epochs
        assert len(milestones) <= 12


def test_wrong_predictions_of_a_long_run_are_counted_and_framed() -> None:
    predictions = torch.full((60,), 9)
    predictions[[0, 10, 19, 58]] = 7  # epochs 1 and 20 are shown, 11 and 59 are not
    original = images(1)[0]
    figure = decoded.through_training(original[None], images(60), original, predictions, 9, FASHION, "training")
    assert "4 of 60 epochs" in caption(figure)
    assert len(figure.axes[0].patches) == 2
    assert_nothing_is_cut_off(figure)


def test_a_closed_form_has_no_epochs() -> None:
    figure = decoded.through_training(images(0), images(1), images(1)[0], torch.tensor([8]), 9, FASHION, "pca")
    assert "epoch" not in caption(figure)
    assert [label.get_text() for label in figure.axes[0].child_axes[-1].get_xticklabels()] == ["fitted", "original"]


def samples(dims: int, code: str = "none") -> Figure:
    codes = 5 * torch.randn(10, dims, generator=torch.Generator().manual_seed(0))
    latent = synthetic.latent_analysis("denoising_vae", dims, "gaussian")
    latent = latent.model_copy(update={"metrics": dict.fromkeys(latent.metrics, 1234.5)})
    drawn = synthetic.latent_images("denoising_vae")
    return generation(replace(drawn, generated_codes=dict.fromkeys(SAMPLERS, codes)), latent, "random codes", code)


@pytest.mark.parametrize("dims", [2, 10, 32])
def test_every_sampler_is_drawn_with_its_description(dims: int) -> None:
    figure = samples(dims)
    for ax, (name, sampler) in zip(figure.axes, SAMPLERS.items(), strict=True):
        heading = ax.get_title("left").replace("\n", " ")
        assert heading == f"{name}: {sampler.description} · Fréchet distance 1234.5"
    assert ("The first 12 of 32 values." in caption(figure)) == (dims == 32)
    assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize(("code", "words"), [("relu", "become 0"), ("softmax", "sum to 1"), ("gaussian", "")])
def test_constraints_of_a_code_are_described(code: str, words: str) -> None:
    text = caption(samples(2, code))
    assert [part for part in ("become 0", "sum to 1") if part in text] == ([words] if words else [])


def test_codes_are_formatted_in_lines_of_two_values() -> None:
    assert format_code([0.126, -1.5, 23.456]) == " 0.13 −1.50\n23.46"
    assert format_code([-0.001, -23.456, 1234.5]) == " 0.00 −23.5\n 1234"
    assert format_code([1.0] * 13).endswith("\n…")
    assert format_code([1.0] * 13).count("\n") == 6


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
