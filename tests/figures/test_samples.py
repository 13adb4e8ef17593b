"""Rows of images, with labels that fit beside them."""

import pytest
import torch
from matplotlib.figure import Figure

from hourglass.figures import samples
from hourglass.figures.samples import on_two_lines


def _rows(*labels: str, title: str = "", count: int = 10) -> Figure:
    return samples.rows({label: torch.zeros(count, 28, 28, dtype=torch.uint8) for label in labels}, title)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("linear", "linear"),
        ("a_short_label", "a_short_label"),  # thirteen characters
        ("a_little_longer", "a_little_\nlonger"),
        ("convolutional_denoising", "convolutional_\ndenoising"),
        ("selu_denoising_2", "selu_\ndenoising_2"),
        ("reconstruction", "reconstruction"),  # nowhere to break it
        ("a_variant_of_another_name", "a_variant_of_\nanother_name"),
        ("_hidden_beneath_sea_", "_hidden_\nbeneath_sea_"),
        ("underscore_last_", "underscore_\nlast_"),
        ("withoutanyspace_", "withoutanyspace_"),
    ],
)
def test_a_long_label_is_broken_at_the_underscore_nearest_its_middle(label: str, expected: str) -> None:
    assert on_two_lines(label) == expected


def test_callers_pass_plain_names() -> None:
    (ax,) = _rows("test image", "convolutional_denoising").axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["test image", "convolutional_\ndenoising"]


@pytest.mark.parametrize(
    ("labels", "title", "count"),
    [
        (("linear",), "", 10),
        (("a_variant_whose_name_is_really_long_because_it_tells_what_it_does",), "", 10),
        (("anotherwithoutasinglespaceorunderscoreinit", "pca"), "", 10),
        (("anotherwithoutasinglespaceorunderscoreinit", *"abcd"), "", 10),
        (("test image", "reconstruction"), "convolutional_denoising: 2 test samples after epoch 10", 2),
        (("",), "a title wider than the one image under it", 1),
    ],
)
def test_labels_and_title_fit_and_images_keep_their_size(labels: tuple[str, ...], title: str, count: int) -> None:
    figure = _rows(*labels, title=title, count=count)
    figure.dpi = 120  # as it is saved
    figure.draw_without_rendering()  # the layout is made while it is drawn
    (ax,) = figure.axes
    texts = [*ax.get_yticklabels(), *figure.texts]
    for box in (text.get_window_extent() for text in texts if text.get_text()):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
    assert all(label.get_window_extent().x1 < ax.get_window_extent().x0 for label in ax.get_yticklabels())
    assert ax.get_window_extent().height / 120 / len(labels) > 0.75  # inches


def test_as_a_rule_the_margin_is_the_same() -> None:
    assert _rows("linear").get_figwidth() == _rows("test image", "selu_denoising_2").get_figwidth()
