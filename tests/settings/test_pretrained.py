"""Variants that start from a trained model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from committed import VARIANTS

from hourglass import models
from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.settings.params import Params
from hourglass.settings.stage_configs import SweepConfig, TrainConfig, resolve

FILE = "net.safetensors"
Validated = Callable[..., Params]
MINE = VARIANTS["linear"].model_dump(mode="json") | {"pretrained": FILE}


@pytest.fixture(autouse=True)
def pretrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of the network of `linear` in the folder `pretrained`."""
    monkeypatch.chdir(tmp_path)
    path = Path("pretrained") / FILE
    models.save(models.build(VARIANTS["linear"].network, (1, 28, 28)), path)
    return path


def test_the_settings_of_the_training_name_the_model_and_its_hash(validated: Validated, pretrained: Path) -> None:
    configs = resolve(validated({"variants.mine": MINE}))
    mine, linear = configs["train/mine"], configs["train/linear"]
    assert isinstance(mine, TrainConfig)
    assert isinstance(linear, TrainConfig)
    assert mine.pretrained is not None
    assert mine.pretrained.model_dump() == {"file": FILE, "sha256": sha256(pretrained)}
    assert mine.describe() == f"{linear.describe()} · starts from {FILE}"
    assert mine.hash_of_pairing() != linear.hash_of_pairing()
    assert "pretrained" not in json.dumps(linear.model_dump(mode="json"))
    sweep = configs["sweep"]
    assert isinstance(sweep, SweepConfig)
    assert "mine" not in sweep.variants  # which grids of all variants would train from scratch


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model.latent": 3}, r"variants\.mine\.network: with .*is a model of another network; latent differ"),
        ({"data.dataset": "svhn"}, r"is a model of images of 1×28×28; those of svhn are 3×32×32"),
        ({"sweep.grids.noise.variants": ["mine"]}, r"sweep\.grids\.noise\.variants: mine starts from pretrained "),
    ],
)
def test_a_model_that_does_not_fit_is_refused(validated: Validated, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        validated({"variants.mine": MINE} | changes)


def test_a_damaged_model_is_refused(validated: Validated, pretrained: Path) -> None:
    pretrained.write_bytes(b"hello")
    with pytest.raises(UserError, match=r"variants\.mine\.network: pretrained/net\.safetensors is damaged \(.*\)$"):
        validated({"variants.mine": MINE})
