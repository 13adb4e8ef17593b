"""Many small images in one PNG, for a page that shows parts of it."""

import base64
from dataclasses import dataclass
from io import BytesIO
from math import ceil

import torch
from PIL import Image
from torch import Tensor


@dataclass(frozen=True)
class Sheet:
    """Images side by side in rows: the PNG as a data URI, and how many images lie in a row and in a column."""

    uri: str
    columns: int
    rows: int


def sheet(images: Tensor, columns: int) -> Sheet:
    """uint8 images (N, 28, 28) from left to right and from top to bottom, `columns` in a row; the rest is black."""
    rows = ceil(len(images) / columns)
    full = torch.cat([images, images.new_zeros(rows * columns - len(images), *images.shape[1:])])
    height, width = images.shape[1:]
    pixels = full.unflatten(0, (rows, columns)).transpose(1, 2).reshape(rows * height, columns * width)
    file = BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "png", optimize=True)
    return Sheet("data:image/png;base64," + base64.b64encode(file.getvalue()).decode(), columns, rows)
