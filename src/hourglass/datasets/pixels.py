"""Conversion of Pillow images of any mode to arrays of 8-bit greyscale or RGB pixels."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hourglass.images import COLOUR, GREY

BACKGROUND = "white"  # of transparent pictures
GREY_MODES = ("1", "L", "LA", "La", "I", "F")
SIXTEEN_BITS = 2**16 - 1
ORIENTATION = 0x0112  # EXIF tag
SIDEWAYS = (5, 6, 7, 8)  # orientations in which width and height are exchanged


def has_colour(picture: Image.Image) -> bool:
    """Return whether a picture has a colour mode. A palette counts as colour unless all of its entries are grey."""
    if picture.mode in ("P", "PA"):
        palette = np.array(picture.getpalette("RGB")).reshape(-1, COLOUR)
        return bool((palette != palette[:, :1]).any())
    return not picture.mode.startswith(GREY_MODES) or picture.mode == "LAB"


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Return the width and height of a picture after rotation according to its EXIF orientation."""
    width, height = picture.size
    if picture.format == "PNG" and "exif" not in picture.info:  # Pillow would decode it to search for more
        return width, height
    return (height, width) if picture.getexif().get(ORIENTATION) in SIDEWAYS else (width, height)


def pixels(picture: Image.Image, channels: int, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Convert a picture to an array (C, H, W) of 8-bit pixels.

    The EXIF orientation is applied, transparent areas become white, and 16-bit values are scaled to 8 bits.

    Args:
        picture: picture of any mode. If it has several frames, the first is used.
        channels: 1 for greyscale or 3 for colour.
        size: width and height to which the picture is resized, after a centre crop to the same aspect ratio. None keeps
            the original size.

    Raises:
        ValueError: if pixel values are floating-point or outside the 16-bit range.
    """
    if size is not None:
        picture.draft(None, (2 * size[0], 2 * size[1]))  # decodes a much larger JPEG at a fraction of its size
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        picture = Image.fromarray(_from_16_bits(np.asarray(picture)))
    elif picture.has_transparency_data:
        opaque = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", opaque.size, BACKGROUND), opaque).convert("RGB")
    picture = picture.convert("L" if channels == GREY else "RGB")
    if size is not None:
        picture = ImageOps.fit(picture, size)
    array = np.asarray(picture)
    return array[None] if channels == GREY else np.moveaxis(array, -1, 0)


def _from_16_bits(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    if array.dtype.kind == "f" or array.min() < 0 or array.max() > SIXTEEN_BITS:
        raise ValueError("pixels have 32 bits; save it with 8 or 16 bits")
    return ((array.astype(np.uint32) * 255 + SIXTEEN_BITS // 2) // SIXTEEN_BITS).astype(np.uint8)
