"""Maps beside each other, and the plane of codes."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from tidy import assert_tidy

from hourglass.datasets import DATASETS
from hourglass.figures import maps
from hourglass.figures.maps import Labels, Positions
from hourglass.records import LeastTold, Organised

FASHION = DATASETS["fashion_mnist"].classes
FOUND = Organised(
    trustworthiness=0.98,
    map_knn=0.7,
    silhouette=-0.02,
    least_told=LeastTold(label=6, share=0.04, taken_for=2),
)


def _points(seed: int) -> tuple[Positions, Labels]:
    positions = np.random.default_rng(seed).normal(size=(200, 2)).astype(np.float32)
    return positions, np.arange(200, dtype=np.uint8) % 10


def _plane() -> Figure:
    """A plane of two rows and two columns, each image as bright as its number says."""
    images = torch.tensor([[0.1, 0.2], [0.3, 0.4]])[:, :, None, None, None].expand(2, 2, 1, 28, 28)
    return maps.plane(images, [-1, -2], [1, 2], _points(0), FASHION, "the plane")


def _side_by_side(count: int) -> Figure:
    found = {
        f"variant_{n}": maps.Map(*_points(n), f"note {n}", maps.CODE if n == 1 else maps.TSNE) for n in range(count)
    }
    return maps.side_by_side(found, FASHION, "codes", "a caption " * 30)


def test_maps_side_by_side_have_names_of_their_own_and_one_legend_of_all_classes() -> None:
    figure = _side_by_side(2)
    left, right = figure.axes
    assert [ax.get_title() for ax in (left, right)] == ["variant_0", "variant_1"]
    assert [[text.get_text() for text in ax.texts] for ax in (left, right)] == [["note 0"], ["note 1"]]
    assert (left.get_xlabel(), left.get_ylabel()) == maps.TSNE
    assert (right.get_xlabel(), right.get_ylabel()) == maps.CODE
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(FASHION)
    for ax, seed in ((left, 0), (right, 1)):
        assert np.allclose(np.concatenate([part.get_offsets() for part in ax.collections])[:20], _points(seed)[0][::10])


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (4, 1), (5, 2), (11, 3)])
def test_any_number_of_maps_fills_rows_of_four_and_empty_places_stay_white(count: int, rows: int) -> None:
    figure = _side_by_side(count)
    assert len(figure.axes) == rows * min(count, 4)
    assert [ax.get_title() for ax in figure.axes if ax.get_visible()] == [f"variant_{n}" for n in range(count)]
    assert [ax.get_visible() for ax in figure.axes] == [place < count for place in range(len(figure.axes))]


@pytest.mark.parametrize("count", [1, 5, 11])
def test_nothing_covers_anything_in_small_maps(count: int) -> None:
    figure = _side_by_side(count)
    figure.draw_without_rendering()  # the layout is made while it is drawn
    for ax in figure.axes[count:]:
        figure.delaxes(ax)
    assert_tidy(figure)


def test_the_plane_puts_each_image_in_the_place_of_its_code() -> None:
    figure = _plane()
    left, right = figure.axes
    picture = left.images[0]
    assert picture.get_extent() == [-1, 1, -2, 2]
    assert picture.get_clim() == (0, 1)
    pixels = picture.get_array()
    assert pixels is not None
    assert pixels.shape == (56, 56)
    assert [float(pixels[row, column]) for row in (0, 55) for column in (0, 55)] == [
        np.float32(value) for value in (0.1, 0.2, 0.3, 0.4)
    ]
    for ax in (left, right):
        assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (-2, 2))
        assert (ax.get_xlabel(), ax.get_ylabel()) == maps.CODE
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(FASHION)


def test_the_caption_of_the_plane_says_how_many_codes_it_shows() -> None:
    positions = _points(0)[0]
    inside = (np.abs(positions) <= [1, 2]).all(axis=1).mean()
    assert f"{inside:.0%} of these codes" in _plane().get_supxlabel().replace("\n", " ")


def test_a_long_title_is_broken_in_two_and_not_cut_off() -> None:
    long = f"convolutional_denoising: t-SNE of the codes of test images under {'noise and more ' * 3}, fashion_mnist"
    figure = maps.class_map(*_points(0), FASHION, long, "a caption")
    figure.draw_without_rendering()
    assert_tidy(figure)
    assert figure.axes[0].get_title().split() == long.split()


def test_how_well_a_map_is_organised_is_said_in_numbers() -> None:
    text = maps.statement(FOUND, "noisy test images", 500, 8, FASHION)
    for part in (
        "Codes of 500 noisy test images, 8 numbers each.",
        "70%",
        "class Shirt",
        "4%",
        "mostly taken for Pullover",
        "−0.02",
        "0.980",
    ):
        assert part in text
    several = LeastTold(label=6, share=0.6, taken_for=6)
    text = maps.statement(FOUND.model_copy(update={"least_told": several}), "test images", 500, 1, FASHION)
    assert "the others taken for several" in text
    assert "images, 1 number each." in text
