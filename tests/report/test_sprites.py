"""Tests of sprite sheets and drawings."""

import base64
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from hourglass.report.sprites import drawing, sprite_sheet


def test_images_are_placed_from_left_to_right_and_then_below() -> None:
    colours = torch.tensor([[250, 20, 20], [20, 250, 20], [20, 20, 250]]).byte()
    sheet = sprite_sheet(colours[:, :, None, None].expand(3, 3, 16, 32), 2)
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(sheet.uri.split(",")[1]))).convert("RGB")).astype(int)
    assert sheet.uri.startswith("data:image/webp;base64,")
    assert (sheet.columns, sheet.rows, pixels.shape) == (2, 2, (32, 64, 3))
    for colour, (top, left) in zip(colours.numpy(), ((8, 16), (8, 48), (24, 16)), strict=True):
        assert abs(pixels[top, left] - colour).max() < 20


def test_drawings_are_compressed_without_loss() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "png")
    decoded = Image.open(BytesIO(base64.b64decode(drawing(file.getvalue()).split(",")[1])))
    assert np.array_equal(np.asarray(decoded), pixels)
