"""Sheets of images: nothing overlaps, nothing is cut off, all on one pixel scale."""

import numpy as np
import pytest
import torch
from tidy import assert_tidy

from hourglass.datasets import DATASETS
from hourglass.figures import sheets
from hourglass.figures.sheets import Names, canvas, places, sheet

FASHION = DATASETS["fashion_mnist"].classes
DIGITS = DATASETS["mnist"].classes


def _images(rows: int, columns: int) -> torch.Tensor:
    return torch.rand(rows, columns, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_images_lie_in_rows_and_columns_with_white_between_them() -> None:
    images = _images(2, 3)
    sheet = canvas(images, (4, 2), apart=[2])
    assert sheet.shape == (28 + 4 + 28, 28 + 2 + 28 + sheets.APART + 28)
    assert np.array_equal(sheet[32:, 30:58], images[1, 1, 0].numpy())
    assert np.array_equal(sheet[:28, -28:], images[0, 2, 0].numpy())
    assert (sheet[28:32] == 1).all()
    assert (sheet[:, 58:68] == 1).all()


def test_bytes_and_floats_are_shown_alike_and_what_leaves_the_scale_is_clipped() -> None:
    values = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert np.allclose(sheets.pixels(values), [0, 0.2, 1])
    assert np.allclose(sheets.pixels(values), sheets.pixels(values / 255))
    assert sheets.pixels(torch.tensor([-0.5, 1.5])).tolist() == [0, 1]


def test_places_begin_after_gaps() -> None:
    assert places(3, 28, 2) == [0, 30, 60, 90]
    assert places(3, 28, 2, apart=[1]) == [0, 38, 68, 98]


@pytest.mark.parametrize("classes", [FASHION, DIGITS])
def test_names_of_all_classes_are_there_and_do_not_touch(classes: tuple[str, ...]) -> None:
    figure = sheet(_images(10, 10), "a title", "a caption " * 30, Names(classes, classes, classes, classes))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert sorted(texts) == sorted(4 * classes)
    assert figure.get_figwidth() == sheets.WIDTH
    if classes == DIGITS:
        assert_tidy(figure)


def test_names_too_long_for_their_columns_are_turned() -> None:
    figure = sheet(_images(2, 16), "", "", Names(above=["Ankle boot"] * 16))
    assert {text.get_rotation() for text in figure.axes[0].texts} == {40}
    figure = sheet(_images(2, 10), "", "", Names(above=DIGITS))
    assert {text.get_rotation() for text in figure.axes[0].texts} == {0}


def test_rows_named_on_both_sides_are_tidy() -> None:
    assert_tidy(sheet(_images(3, 11), "a title", "a caption " * 30, Names(left=FASHION[:3], right=FASHION[-3:])))


def test_few_images_do_not_fill_the_sheet() -> None:
    figure = sheet(_images(1, 2), "one and its reconstruction", "a caption", Names())
    assert figure.get_figheight() < 2.5
    assert_tidy(figure)


def test_every_image_keeps_its_shape() -> None:
    for rows, columns in ((1, 2), (10, 10), (3, 13)):
        figure = sheet(_images(rows, columns), "", "", Names(left=FASHION[:rows]))
        box = figure.axes[0].get_window_extent()
        height, width = figure.axes[0].images[0].get_size()
        assert box.width / box.height == pytest.approx(width / height, rel=1e-6)


def test_a_caption_is_in_lines_of_about_equal_length() -> None:
    lines = sheets.wrapped("word " * 50, 7.5).split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) - min(map(len, lines)) < 15
