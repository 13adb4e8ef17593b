"""`mlflow models serve`, as the README has it, answers with the images of the registered network."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
from pathlib import Path

import logged
import numpy as np
import pytest
import torch
from serving import predictions

from hourglass.images import Images, to_float


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in logged.OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_a_request_with_images_is_answered_with_what_the_network_makes_of_them(store: Path, digits: Images) -> None:
    network = logged.log(
        store / "model.safetensors", "digits", "linear", {}, {"compare.mse": 0.02, "compare.collapsed": 0}
    )
    found = tracking.register_best("digits", tracking.Goal("reconstruction", "compare.mse", smallest=True))
    assert found is not None
    images = to_float(digits.images[:5])
    answer = predictions(f"models:/{found.name}@{found.alias}", f"sqlite:///{store / 'mlflow.db'}", images, store)
    with torch.no_grad():
        np.testing.assert_allclose(answer, network(images).numpy(), atol=1e-5)
