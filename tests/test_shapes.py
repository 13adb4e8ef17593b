"""The shape checks that wrap all models in the tests are effective."""

import pytest
import torch
from jaxtyping import TypeCheckError
from shapes import IMAGE

from hourglass import models
from hourglass.models.spec import Encoder, NetworkSpec, PcaSpec

SPECS = {
    "plain": NetworkSpec(latent=3, encoder=Encoder(dense=(9,))),
    "gaussian": NetworkSpec(latent=3, code="gaussian", encoder=Encoder(dense=(9,))),
    "pca": PcaSpec(kind="pca", latent=3),
}


@pytest.mark.parametrize("name", SPECS)
def test_wrong_shapes_are_refused(name: str) -> None:
    model = models.build(SPECS[name], IMAGE)
    assert model.encode(torch.zeros(2, 1, 28, 28)).shape == (2, 3)
    for wrong in (torch.zeros(2, 28, 28), torch.zeros(2, *IMAGE, dtype=torch.uint8)):
        with pytest.raises(TypeCheckError):
            model.encode(wrong)
    with pytest.raises(TypeCheckError):
        models.reconstruct(model, torch.zeros(4, 28, 28, dtype=torch.uint8))


def test_wrong_results_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = models.build(SPECS["plain"], IMAGE)
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 3), torch.nn.Unflatten(1, (3, 1)))
    monkeypatch.setattr(model, "encoder", flat)
    with pytest.raises(TypeCheckError):
        model.encode(torch.zeros(5, 1, 28, 28))
