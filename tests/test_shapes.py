"""The checks of shapes that are put around models in every test do bite."""

import pytest
import torch
from jaxtyping import TypeCheckError

from hourglass import models
from hourglass.models import Model
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec, PcaSpec


def _networks() -> list[Model]:
    plain, gaussian = (NetworkSpec(latent=3, code=code, encoder=Encoder(dense=(9,))) for code in ("relu", "gaussian"))
    return [models.build(spec) for spec in (plain, gaussian, PcaSpec(kind="pca", latent=3))]


@pytest.mark.parametrize("model", _networks(), ids=["plain", "gaussian", "pca"])
def test_a_wrong_shape_is_refused_on_the_way_in(model: Model) -> None:
    assert model.encode(torch.zeros(2, 1, 28, 28)).shape == (2, 3)
    for wrong in (torch.zeros(2, 28, 28), torch.zeros(2, 1, 27, 28), torch.zeros(2, 1, 28, 28, dtype=torch.uint8)):
        with pytest.raises(TypeCheckError):
            model.encode(wrong)


def test_a_wrong_shape_is_refused_on_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _networks()[0]
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 3), torch.nn.Unflatten(1, (3, 1)))
    monkeypatch.setattr(model, "encoder", flat)
    with pytest.raises(TypeCheckError):
        model.encode(torch.zeros(5, 1, 28, 28))


def test_whole_sets_are_as_they_are_stored() -> None:
    with pytest.raises(TypeCheckError):
        models.reconstruct(_networks()[2], torch.zeros(4, 1, 28, 28, dtype=torch.uint8))
