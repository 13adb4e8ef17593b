"""Batch normalisation, dropout, pooling, upsampling and residual blocks in networks from a specification."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hourglass import models
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec

KEEP = {"channels": 6, "kernel": 3, "padding": 1}
ENCODER = {"convolutions": [KEEP | {"pool": 2}, KEEP | {"residual": True}, KEEP | {"pool": 3}], "dense": [20]}
DECODER = {
    "channels": 6,
    "convolutions": [
        KEEP | {"residual": True},
        KEEP | {"upsample": 3, "transposed": False},
        {"kernel": 3, "padding": 1},
    ],
}


def build(image: tuple[int, int, int] = (1, 27, 21), **settings: Any) -> Autoencoder:
    spec = NetworkSpec.model_validate({"latent": 4, "activation": "leaky_relu", "encoder": ENCODER} | settings)
    model = models.build(spec, image)
    assert isinstance(model, Autoencoder)
    return model


@pytest.mark.parametrize("settings", [{}, {"decoder": DECODER}, {"batch_norm": True, "dropout": 0.5}])
def test_a_network_of_all_blocks_is_saved_and_loaded(tmp_path: Path, settings: dict[str, Any]) -> None:
    model = build(**settings)
    images = torch.rand(5, 1, 27, 21, generator=torch.Generator().manual_seed(0))
    model.train()(images).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    models.save(model.eval(), tmp_path / "a.safetensors")
    loaded = models.load(tmp_path / "a.safetensors")
    assert torch.equal(loaded(images), model(images))
    models.save(loaded, tmp_path / "b.safetensors")
    assert (tmp_path / "b.safetensors").read_bytes() == (tmp_path / "a.safetensors").read_bytes()


def test_layers_and_sizes() -> None:
    model = build(batch_norm=True, dropout=0.5)
    encoder, decoder = model.spec.layers((1, 27, 21))
    assert [layer.pooled or layer.output for layer in encoder[:3]] == [(6, 13, 10), (6, 13, 10), (6, 4, 3)]
    assert [layer.small or layer.input for layer in decoder[2:]] == [(6, 4, 3), (6, 13, 10), (6, 13, 10)]
    assert decoder[-1].output == (1, 27, 21)
    assert encoder[1].parameters == 2 * (6 * 9 + 1) * 6
    assert encoder[1].multiply_adds == 2 * 13 * 10 * 6 * 6 * 9
    norms = 2 * (6 + 12 + 6 + 20 + 20 + 72 + 6 + 12)  # scale and shift of each layer
    assert model.parameter_count() == sum(layer.parameters for layer in encoder + decoder) + norms
    kinds = [type(module) for module in model.encoder]
    assert kinds[:5] == [type(model.encoder[0]), nn.BatchNorm2d, nn.LeakyReLU, nn.MaxPool2d, nn.Dropout]
    assert kinds[-4:] == [nn.LeakyReLU, nn.Dropout, nn.Linear, nn.Identity]  # none after the code


def test_a_residual_block_adds_its_input() -> None:
    block = build().encoder[3]
    maps = torch.rand(2, 6, 5, 5, generator=torch.Generator().manual_seed(0))
    first, second = block[0], block[3]
    hidden = nn.functional.leaky_relu(nn.functional.conv2d(maps, first.weight, first.bias, padding=1))
    expected = maps + nn.functional.conv2d(hidden, second.weight, second.bias, padding=1)
    torch.testing.assert_close(block(maps), expected)


RESIDUAL = KEEP | {"residual": True}


@pytest.mark.parametrize(
    ("convolutions", "message"),
    [
        ([KEEP, RESIDUAL | {"channels": 7}], "as its input has, 6"),
        ([RESIDUAL | {"channels": 1}], "neither it nor its mirror"),
        ([RESIDUAL | {"stride": 2}], "keeps the size of its maps"),
        ([KEEP | {"pool": 22}], "has pool 22, larger than its maps of 6×27×21"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(convolutions: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(encoder={"convolutions": convolutions})
    upsampling = {"channels": 6, "convolutions": [{"kernel": 3, "padding": 1, "upsample": 2}]}
    with pytest.raises(ValueError, match="needs 27×21 pixels, which upsample 2 cannot output"):
        build(decoder=upsampling)
