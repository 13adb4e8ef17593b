"""Every figure is a PNG, the same bytes twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import image as png
from matplotlib.figure import Figure
from tidy import assert_tidy

from hourglass.datasets import DATASETS
from hourglass.figures import comparison, curves, maps, samples, style

FASHION = DATASETS["fashion_mnist"].classes
HISTORY = [(epoch, 0.1 / epoch) for epoch in range(1, 51)]


def _losses() -> Figure:
    test = {"linear": HISTORY[::10], "pca": [(0, 0.027)]}
    return curves.losses({"linear": HISTORY, "pca": [(0, 0.026)]}, test, "loss against epochs")


def _rows() -> Figure:
    inputs = torch.arange(10 * 784).remainder(256).byte().reshape(10, 28, 28)
    return samples.rows({"test image": inputs, "reconstruction": inputs.unsqueeze(1) / 255}, "ten samples", FASHION)


def _one_image() -> Figure:
    return samples.rows({"": torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))}, "one")


def _map() -> Figure:
    positions = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    return maps.class_map(positions, np.arange(200, dtype=np.uint8) % 10, FASHION, "codes", "a caption")


FIGURES: dict[str, Callable[[], Figure]] = {"losses": _losses, "rows": _rows, "one image": _one_image, "map": _map}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_a_png_with_the_same_bytes_twice(tmp_path: Path, name: str) -> None:
    for number in range(2):
        style.save(FIGURES[name](), tmp_path / "made" / f"{number}.png")
    first, second = ((tmp_path / "made" / f"{number}.png").read_bytes() for number in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG\r\n\x1a\n")
    pixels = png.imread(tmp_path / "made" / "0.png")[..., :3]
    assert min(pixels.shape[:2]) > 90
    assert pixels.std() > 0.02  # something is drawn
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["0.png", "1.png"]


def test_loss_curves_carry_labels_and_legends() -> None:
    figure = _losses()
    left, right = figure.axes
    assert [ax.get_xlabel() for ax in (left, right)] == ["epoch", "epoch"]
    assert left.get_ylabel() == "mean squared error per pixel, [0, 1]"
    assert [ax.get_title() for ax in (left, right)] == ["training loss", "test loss"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["linear", "pca"]
    assert left.get_ylim() == right.get_ylim()
    drawn = left.lines[0].get_xydata()
    assert np.allclose(drawn, HISTORY)


def test_a_single_measured_loss_is_a_point_and_a_closed_form_a_line_across() -> None:
    curves_of = {"linear": [(5, 0.1)], "pca": [(0, 0.2)], "unmeasured": []}
    point, across, nothing = curves.losses(curves_of, curves_of, "few").axes[1].lines
    assert np.allclose(point.get_xydata(), [[5, 0.1]])
    assert point.get_marker() == "o"
    assert np.allclose(across.get_xydata(), [[0, 0.2], [1, 0.2]])  # of the axis' width
    assert len(nothing.get_xydata()) == 0


def test_curves_of_thirty_variants_are_told_apart_by_colour_line_or_mark() -> None:
    curves_of = {f"variant_{number}": [(1, 0.1 + number), (2, 0.05 + number)] for number in range(30)}
    figure = curves.losses(curves_of, curves_of, "many")
    looks = [(line.get_color(), str(line._dash_pattern), line.get_marker()) for line in figure.axes[0].lines]  # type: ignore[attr-defined]
    assert len(set(looks)) == 30
    assert len({(colour, dashes) for colour, dashes, _ in looks[:18]}) == 18
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(curves_of)


def test_shares_are_drawn_in_percent_below_a_title_and_above_a_caption_that_fit() -> None:
    figure = curves.label_accuracy({"linear": [(1, 0.5), (2, 0.75)], "pca": [(0, 0.6)]}, "kept", comparison.SNAPSHOTS)
    (ax,) = figure.axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.5, 0.75], [0.6, 0.6]]  # type: ignore[call-overload]
    assert ax.yaxis.get_major_formatter()(0.5) == "50%"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["linear", "pca"]
    assert_tidy(figure)


def test_the_map_names_its_axes_and_all_ten_classes_in_colours_of_their_own() -> None:
    figure = _map()
    (ax,) = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("t-SNE 1", "t-SNE 2", "codes")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(FASHION)
    assert len({tuple(part.get_facecolor()[0]) for part in ax.collections}) == 10
    assert [len(part.get_offsets()) for part in ax.collections] == [20] * 10
    assert figure.get_supxlabel() == "a caption"


def test_a_class_without_points_keeps_its_place_in_the_legend() -> None:
    labels = np.zeros(30, dtype=np.uint8)
    figure = maps.class_map(np.random.default_rng(0).normal(size=(30, 2)), labels, FASHION, "", "")
    assert len(figure.legends[0].get_texts()) == 10


def test_pictures_share_one_pixel_scale_and_name_rows_and_columns() -> None:
    (ax,) = _rows().axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["test image", "reconstruction"]
    (top,) = ax.child_axes
    assert [label.get_text() for label in top.get_xticklabels()] == list(FASHION)
    (image,) = ax.images
    assert image.get_clim() == (0, 1)
    tiles = np.asarray(image.get_array()).reshape(2, 30, 10, 30)
    assert np.allclose(tiles[0], tiles[1])  # bytes and floats are shown alike
    for place, middle in enumerate(top.get_xticks()):  # over the image that they name
        expected = np.arange(784 * place, 784 * (place + 1)).reshape(28, 28) % 256 / 255
        left = round(middle) - 14
        assert np.allclose(image.get_array()[1:29, left : left + 28], expected)


def test_there_is_a_colour_and_a_mark_for_each_of_ten_classes() -> None:
    assert len(set(style.COLOURS)) == len(set(style.MARKERS)) == 10
