"""Small sweeps of digits."""

from pathlib import Path

import pytest
import torch

from hourglass import classifier
from hourglass.images import Images
from hourglass.settings.params import ClassifierSpec
from hourglass.sweep.job import SweepImages


@pytest.fixture(scope="session")
def images(digits: Images) -> SweepImages:
    """Return 300 training and 200 test images with a classifier of one epoch."""
    train, test = (
        Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        for part in (slice(300), slice(300, 500))
    )
    spec = ClassifierSpec(epochs=1, batch_size=32, learning_rate=0.002)
    network, _ = classifier.fit(train, test, spec, 0, torch.device("cpu"))
    return SweepImages(train, test, network, {"flipped": test.images.flip(2)})


@pytest.fixture(scope="session")
def folder(images: SweepImages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a sweep's data sets."""
    path = tmp_path_factory.mktemp("images")
    images.save(path / "digits")
    return path
