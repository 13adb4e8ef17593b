"""Rows of images, with labels that fit beside them."""

from pathlib import Path

import pytest
import torch
from matplotlib import image as png
from matplotlib.figure import Figure

from hourglass.figures import samples, style
from hourglass.figures.samples import on_two_lines


def _rows(*labels: str, title: str = "ten images", count: int = 10) -> Figure:
    images = {label: torch.zeros(count, 28, 28, dtype=torch.uint8) for label in labels}
    return samples.rows(images, title, tuple("0123456789")[:count])


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
        (("linear",), "ten images", 10),
        (("a_variant_whose_name_is_really_long_because_it_tells_what_it_does",), "ten images", 10),
        (("anotherwithoutasinglespaceorunderscoreinit", "pca"), "ten images", 10),
        (("anotherwithoutasinglespaceorunderscoreinit", *"abcd"), "ten images", 10),
        (("test image", "reconstruction"), "convolutional_denoising: 2 test samples after epoch 10", 2),
        (("",), "a title wider than the one image under it", 1),
    ],
)
def test_labels_and_title_fit_and_images_keep_their_size(
    labels: tuple[str, ...], title: str, count: int, tmp_path: Path
) -> None:
    figure = _rows(*labels, title=title, count=count)
    style.save(figure, tmp_path / "rows.png")  # the layout is made while it is drawn
    pixels = png.imread(tmp_path / "rows.png")[..., :3]
    assert (pixels[:, [0, -1]] == 1).all()
    assert (pixels[[0, -1]] == 1).all()
    (ax,) = figure.axes
    figure.dpi = 120  # as it is saved
    assert all(label.get_window_extent().x1 < ax.get_window_extent().x0 for label in ax.get_yticklabels())
    assert ax.get_window_extent().height / 120 / len(labels) > 0.75  # inches


def test_as_a_rule_the_margin_is_the_same() -> None:
    assert _rows("linear").get_figwidth() == _rows("test image", "selu_denoising_2").get_figwidth()
