"""The stage that prepares the data sets of a sweep, for the user's own images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hourglass.paths import SWEEP_IMAGES
from hourglass.settings import params
from hourglass.settings.params import Hardware
from hourglass.settings.stage_configs import resolve, write
from hourglass.sweep.job import SweepImages
from stages import sweep_data


@pytest.mark.parametrize("labelled", [True, False])
def test_own_images_are_prepared(
    changed_params: Callable[[dict[str, Any]], Path], monkeypatch: pytest.MonkeyPatch, labelled: bool
) -> None:
    grids = {"own": {"seeds": [0], "variants": ["linear"]}}
    changes = {"data.dataset": "npz", "data.path": "own.npz", "classifier.epochs": 1, "sweep.grids": grids}
    root = changed_params(changes).parent
    monkeypatch.chdir(root)
    labels = {"labels": np.arange(40) % 2} if labelled else {}
    np.savez("own.npz", images=np.random.default_rng(0).integers(256, size=(40, 32, 32, 3), dtype=np.uint8), **labels)
    write(resolve(params.load(Path("params.yaml"), Hardware(8 * 10**9, cuda=False))))
    sweep_data.main()
    images = SweepImages.load(SWEEP_IMAGES / "own")
    assert (images.train.shape, len(images.train.images), len(images.test.images)) == ((3, 32, 32), 32, 8)
    assert (images.train.labelled, images.train.dataset) == (labelled, "own")
