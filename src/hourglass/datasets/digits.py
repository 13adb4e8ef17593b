"""scikit-learn's digits: greyscale images, resized from 8×8 to 28×28 pixels. No download is needed."""

from pathlib import Path

import numpy as np
import torch

from hourglass.datasets import idx
from hourglass.datasets.idx_files import IdxDataSet
from hourglass.datasets.registry import register

TRAINING_IMAGES = 1297  # of 1797; the other 500 are for testing


def _write(folder: Path) -> Path:
    """Resize the digits to 28×28 pixels, scale them from 0–16 to 0–255, and write IDX files. Return `folder`."""
    # slow to import, and needed only for this data set
    from sklearn.datasets import load_digits  # noqa: PLC0415

    digits = load_digits()
    small = torch.from_numpy(digits.images).unsqueeze(1) / 16
    large = torch.nn.functional.interpolate(small, size=(28, 28), mode="bilinear").squeeze(1)
    images, labels = (large * 255).round().to(torch.uint8).numpy(), digits.target.astype(np.uint8)
    for split, part in (("train", slice(None, TRAINING_IMAGES)), ("test", slice(TRAINING_IMAGES, None))):
        for name, array in zip(idx.SPLIT_FILES[split], (images, labels), strict=True):
            idx.write(folder / name, array[part])
    return folder


register(
    IdxDataSet(
        name="digits",
        title="scikit-learn's digits",
        classes=tuple("0123456789"),
        training_images=TRAINING_IMAGES,
        test_images=500,
        generate=_write,
    )
)
