"""The heat map of classes taken for classes."""

from itertools import combinations

import numpy as np
import pytest
import torch
from made_up_results import caption_of
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from tidy import boxes
from torch import Tensor

from hourglass.datasets import DATASETS
from hourglass.figures.confusion import confusion

FASHION = DATASETS["fashion_mnist"].classes
LONG = "convolutional_denoising_of_a_very_long_name: classes taken for others, fashion_mnist\nas seen by a classifier"


def _counts() -> Tensor:
    """Of 10,000 images; shirts are often taken for T-shirts, and two trousers in three hundred for dresses."""
    counts = torch.eye(10, dtype=torch.int64) * 1000
    counts[6, 0], counts[6, 6] = 312, 688
    counts[1, 3], counts[1, 1] = 4, 996
    return counts


def _written(figure: Figure) -> dict[tuple[float, float], str]:
    """Numbers, by column and row."""
    return {text.get_position(): text.get_text() for text in figure.axes[0].texts}


def test_shares_are_of_the_row_in_the_place_of_both_classes() -> None:
    figure = confusion(_counts(), FASHION, "taken for others")
    ax = figure.axes[0]
    shown = np.array(ax.images[0].get_array())
    assert (shown[6, 0], shown[0, 6], shown[6, 6]) == (pytest.approx(31.2), 0, pytest.approx(68.8))
    assert ax.images[0].get_clim() == (0, 100)
    diagonal = {(label, label): "100" for label in range(10)}
    assert _written(figure) == diagonal | {(6, 6): "69", (0, 6): "31", (3, 1): "0"}
    assert [label.get_text() for label in ax.get_xticklabels()] == list(FASHION)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(FASHION)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("class that the classifier sees", "class of the test image")


def test_the_caption_says_how_many_are_kept_and_what_is_mistaken_most() -> None:
    caption = caption_of(confusion(_counts(), FASHION, ""))
    assert "Over all 10,000 images 96.8% keep their class." in caption
    assert caption.endswith("Most often taken for another: Shirt for T-shirt/top (31%).")


def test_where_nothing_is_mistaken_nothing_is_said_of_it() -> None:
    caption = caption_of(confusion(torch.eye(10, dtype=torch.int64), FASHION, ""))
    assert caption.endswith("Over all 10 images 100.0% keep their class.")


def test_a_class_without_images_has_an_empty_row() -> None:
    counts = _counts()
    counts[4] = 0
    figure = confusion(counts, FASHION, "")
    assert (np.array(figure.axes[0].images[0].get_array())[4] == 0).all()
    assert not [place for place in _written(figure) if place[1] == 4]


def test_a_dark_field_has_light_letters() -> None:
    colours = {text.get_text(): text.get_color() for text in confusion(_counts(), FASHION, "").axes[0].texts}
    assert colours == {"100": "white", "69": "white", "31": "black", "0": "black"}


def test_nothing_is_cut_off_or_covers_anything_else() -> None:
    figure = confusion(torch.ones(10, 10, dtype=torch.int64), FASHION, LONG)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    found = [(text, box) for text, box in boxes(figure) if text]
    labels = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    for text, box in [*found, *((label.get_text(), label.get_window_extent()) for label in labels)]:
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1, text
    straight = [*found, *((label.get_text(), label.get_window_extent()) for label in [*labels[10:], ax.xaxis.label])]
    for (text, box), (other, beside) in combinations(straight, 2):
        assert text == other or Bbox.intersection(box, beside) is None, (text, other)
