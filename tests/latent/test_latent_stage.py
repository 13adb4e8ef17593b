"""The whole analysis, of every kind of code, dead ones included."""

from pathlib import Path
from typing import Any

import pytest
import torch

from hourglass import judge, models, training
from hourglass.data import Images
from hourglass.figures import style
from hourglass.latent import Decoded
from hourglass.models import Autoencoder, Model
from hourglass.settings.network import NetworkSpec, PcaSpec
from stages import latent_analysis as stage
from stages.trainings import numbers

NETWORKS: dict[str, dict[str, Any]] = {
    "a plain code": {"latent": 6},
    "two numbers": {"latent": 2},
    "one number": {"latent": 1},
    "ReLU": {"latent": 8, "code": "relu", "output": "tanh"},
    "softmax": {"latent": 10, "code": "softmax"},
    "variational": {"latent": 4, "code": "gaussian"},
    "many numbers": {"latent": 20},
    "dead": {"latent": 3, "code": "relu"},
    "two dead numbers": {"latent": 2, "code": "relu"},
    "pca": {"latent": 5, "kind": "pca"},
}


def _model(name: str, data: Images) -> Model:
    """An untrained model, but for PCA; the dead ones give all images the same code."""
    if name == "pca":
        fitted = models.Pca(PcaSpec.model_validate(NETWORKS[name]))
        fitted.fit(data.images)
        return fitted
    model = models.build(NetworkSpec.model_validate({**NETWORKS[name], "encoder": {"dense": [16]}}), 1).eval()
    if "dead" in name:
        assert isinstance(model, Autoencoder)
        last = [module for module in model.encoder if isinstance(module, torch.nn.Linear)][-1]
        torch.nn.init.constant_(last.bias, -100)
    return model


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_code_is_looked_into(digits: Images, name: str, tmp_path: Path) -> None:
    test = Images(digits.images[:200], digits.labels[:200], digits.dataset)
    model = _model(name, digits)
    codes = models.encode(model, test.images)
    subject = stage.Subject("linear", model, test, codes, judge.build(0).eval(), 0)
    positions, organisation, figures = stage.mapped(subject, 100)
    assert positions.shape == (100, 2)
    assert organisation["samples"] == 100
    assert list(figures) == (["map", "plane"] if "two" in name else ["map"])
    recognised, mixtures, figures["mixtures"] = stage.mixed(subject)
    distances, drawn, figures["generation"] = stage.generated(subject, digits.images[:300])
    ways = ["prior"] * (name == "variational") + ["gaussian", "mixture", "uniform"]
    assert list(distances) == [*ways, "training_images"]
    ends, lines, figures["lines"] = stage.interpolated(subject)
    figures["pairs"] = stage.paired(subject)
    kept = Decoded(ends, stage.stored(lines), stage.stored(mixtures), drawn, stage.planes(subject))
    kept.save(tmp_path / "linear.safetensors")
    read = Decoded.load(tmp_path / "linear.safetensors")
    assert read.lines.shape == (7, stage.STEPS, 28, 28)
    assert read.mixtures.shape == (10, 10, 28, 28)
    assert {way: images.shape for way, images in read.generated.items()} == dict.fromkeys(ways, (10, 28, 28))
    assert {name: images.shape for name, images in read.planes.items()} == dict.fromkeys(
        ("principal", "images"), (15, 15, 28, 28)
    )
    figures["traversal"] = stage.swept(subject)
    for what, figure in figures.items() if name in ("two dead numbers", "many numbers") else ():
        style.save(figure, tmp_path / f"{what}.png")
    found = numbers({**organisation, "class_means_recognised": recognised, "generation": distances}, "")
    assert all(torch.tensor(value).isfinite() for value in found.values())


def test_the_same_subject_gives_the_same_pictures(digits: Images, tmp_path: Path) -> None:
    test = Images(digits.images[:200], digits.labels[:200], digits.dataset)
    model = _model("variational", digits)
    for number in range(2):
        subject = stage.Subject("linear", model, test, models.encode(model, test.images), judge.build(0).eval(), 0)
        style.save(stage.generated(subject, digits.images[:300])[2], tmp_path / f"{number}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
