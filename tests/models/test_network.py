"""Networks of the exercise sheets: shapes, pixel ranges and gradients."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from committed import NETWORKS, VARIANTS
from shapes import IMAGE
from torch import Tensor, nn
from torch.nn import functional

from hourglass import models
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec

AUTOENCODERS = [name for name in NETWORKS if VARIANTS[name].network.kind == "autoencoder"]


def _build(name: str) -> Autoencoder:
    model = models.build(VARIANTS[name].network, IMAGE)
    assert isinstance(model, Autoencoder)
    return model


def _random(count: int = 4) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("variant", NETWORKS)
def test_outputs_are_decoded_codes_in_the_unit_range(variant: str) -> None:
    spec = VARIANTS[variant].network
    model = models.build(spec, IMAGE).eval()
    codes = model.encode(_random(3))
    assert codes.shape == (3, spec.latent)
    assert model.decode(codes).shape == (3, 1, 28, 28)
    assert torch.equal(model(_random(3)), model.decode(codes))
    if variant in AUTOENCODERS:
        extreme = torch.full((2, spec.latent), 1e4)
        for images in (model(_random()), model.decode(extreme), model.decode(-extreme)):
            assert 0 <= images.min() <= images.max() <= 1


@pytest.mark.parametrize("variant", ["linear", "strided"])  # whose outputs are tanh and sigmoid
def test_the_output_starts_at_the_given_pixel(variant: str) -> None:
    model = _build(variant)
    with torch.no_grad():
        model.decoder[-2].weight.zero_()
    for pixel in (0.13, 0.9):
        model.initialise_output(pixel)
        assert model(_random()).unique().tolist() == pytest.approx([pixel], abs=1e-5)


def open_ended(spec: NetworkSpec) -> NetworkSpec:
    """Return the specification with a decoder that outputs as many channels as an image has."""
    if spec.decoder is None or not spec.decoder.convolutions:
        return spec
    *others, last = spec.decoder.convolutions
    convolutions = (*others, last.model_copy(update={"channels": None}))
    return spec.model_copy(update={"decoder": spec.decoder.model_copy(update={"convolutions": convolutions})})


@pytest.mark.parametrize("image", [IMAGE, (3, 32, 24)])
@pytest.mark.parametrize("variant", AUTOENCODERS)
def test_networks_of_the_sheets_learn_images_of_any_shape(variant: str, image: tuple[int, int, int]) -> None:
    spec = open_ended(VARIANTS[variant].network)
    assert spec.resolved(IMAGE) == VARIANTS[variant].network.resolved(IMAGE)
    model, images = models.build(spec, image, seed=1), torch.rand(4, *image, generator=torch.Generator().manual_seed(1))
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=1e-4), []
    for _ in range(2):
        loss, _ = LOSSES[VARIANTS[variant].loss](model, images, images, torch.Generator().manual_seed(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name
    assert model.eval()(images).shape == images.shape
    assert sum(model.multiply_adds()) > 0


@pytest.mark.parametrize("image", [IMAGE, (3, 29, 30)])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (2, 3), (3, 1), (3, 2), (5, 2), (5, 4)])
def test_torch_computes_the_shapes_of_the_specification(
    kernel: int, stride: int, padding: int, image: tuple[int, int, int]
) -> None:
    convolution = {"channels": 2, "kernel": kernel, "stride": stride, "padding": padding}
    spec = _spec(encoder={"convolutions": [convolution, {"channels": 3, "kernel": 2, "stride": 2}], "dense": [5]})
    shapes: list[tuple[int, ...]] = []
    model = Autoencoder(spec, image)
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[1:])))
    assert model(torch.rand(1, *image)).shape == (1, *image)
    encoder, decoder = spec.layers(image)
    assert shapes == [layer.output for layer in encoder + decoder]


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "selu": functional.selu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "none": nn.Identity(),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_their_names(name: str) -> None:
    model = Autoencoder(_spec(activation=name, encoder={"dense": [6]}), IMAGE)
    hidden = model.encoder[1](_random().flatten(1))
    torch.testing.assert_close(model.encoder[2](hidden), ACTIVATIONS[name](hidden), atol=1e-6, rtol=1e-5)


def _spec(**settings: Any) -> NetworkSpec:
    return NetworkSpec.model_validate({"latent": 4} | settings)
