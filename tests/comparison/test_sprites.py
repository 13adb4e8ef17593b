"""Many images in one."""

import base64
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from hourglass.report.sprites import drawing, sheet

IMAGES = 30 * torch.arange(7, dtype=torch.uint8)[:, None, None].expand(7, 28, 28) + torch.arange(28, dtype=torch.uint8)


def test_images_lie_from_left_to_right_and_then_below() -> None:
    found = sheet(IMAGES, 3)
    assert (found.columns, found.rows) == (3, 3)
    kind, content = found.uri.split(",")
    assert kind == "data:image/webp;base64"
    picture = np.asarray(Image.open(BytesIO(base64.b64decode(content))).convert("L")).astype(int)
    assert picture.shape == (84, 84)
    for number, image in enumerate(IMAGES.numpy()):
        top, left = 28 * (number // 3), 28 * (number % 3)
        assert abs(picture[top : top + 28, left : left + 28] - image).mean() < 6
    assert picture[62:, 34:].max() < 6  # but for the edge, which compression blurs


def test_the_same_images_are_the_same_bytes() -> None:
    assert sheet(IMAGES, 4) == sheet(IMAGES.clone(), 4)


def test_a_drawing_loses_nothing() -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(drawn).save(file, "png")
    found = Image.open(BytesIO(base64.b64decode(drawing(file.getvalue()).split(",")[1])))
    assert np.array_equal(np.asarray(found), drawn)
