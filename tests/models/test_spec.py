"""Layers and settings of the exercise sheets, and specifications that cannot be built."""

from itertools import pairwise
from typing import Any

import pytest
from committed import VARIANTS
from shapes import IMAGE

from hourglass import models
from hourglass.models import Autoencoder
from hourglass.models.spec import Layer, NetworkSpec

Shapes = list[tuple[int, ...]]

LINEAR = [(784,), (128,), (64,), (32,), (16,), (8,)], [(8,), (8,), (32,), (64,), (128,), (784,)]
SELU = (
    [(1, 28, 28), (6, 14, 14), (39, 7, 7), (72, 3, 3), (648,), (145,), (98,), (52,), (6,)],
    [(6,), (52,), (98,), (145,), (648,), (72, 3, 3), (39, 7, 7), (6, 14, 14), (1, 28, 28)],
)
CONVOLUTIONAL = (
    [(1, 28, 28), (4, 24, 24), (8, 20, 20), (3200,), (10,)],
    [(10,), (400,), (4000,), (10, 20, 20), (10, 24, 24), (1, 28, 28)],
)
STRIDED = (
    [(1, 28, 28), (32, 14, 14), (32, 7, 7), (1568,), (10,)],
    [(10,), (1568,), (32, 7, 7), (32, 14, 14), (1, 28, 28)],
)
STRIDED_TWICE = [(1, 28, 28), (16, 14, 14), (32, 7, 7), (1568,)]
FILTERED = [(10,), (1568,), (32, 7, 7), (32, 14, 14), (16, 28, 28), (1, 28, 28)]
DENOISING = [*STRIDED_TWICE, (10,)], FILTERED
VAE = [*STRIDED_TWICE, (20,)], FILTERED  # ten means, ten log-variances
# shapes: inputs of all layers and the last output, where a flattened map is a step of its own; kernel of the
# convolutions; corruption, epochs, batch size, weight decay; activation, code, output
SHEETS: dict[str, tuple[tuple[Shapes, Shapes], int, tuple[object, ...]]] = {
    "linear": (LINEAR, 0, ("none", 50, 128, 1e-5, "relu", "relu", "tanh")),
    "denoising": (LINEAR, 0, ("gaussian", 50, 128, 1e-5, "relu", "relu", "tanh")),
    "convolutional": (CONVOLUTIONAL, 5, ("none", 50, 128, 1e-5, "relu", "softmax", "tanh")),
    "convolutional_denoising": (DENOISING, 3, ("gaussian", 10, 64, 0.0, "relu", "none", "sigmoid")),
    "denoising_vae": (VAE, 3, ("gaussian", 10, 64, 0.0, "relu", "gaussian", "sigmoid")),
    "strided": (STRIDED, 5, ("none", 10, 32, 0.0, "relu", "none", "sigmoid")),
    "selu": (SELU, 3, ("none", 60, 512, 0.0, "selu", "none", "sigmoid")),
    "selu_denoising": (SELU, 3, ("gaussian_occlusion", 60, 512, 0.0, "selu", "none", "sigmoid")),
}


def _steps(layers: list[Layer]) -> Shapes:
    steps = [layers[0].input]
    for layer in layers:
        steps += [layer.output] if layer.input == steps[-1] else [layer.input, layer.output]
    return steps


def _network(**settings: Any) -> NetworkSpec:
    return NetworkSpec.model_validate({"latent": 4, "encoder": {}} | settings)


def _parameters(steps: Shapes, kernel: int) -> int:
    """Return the number of weights and biases of dense layers and convolutions between these shapes."""
    pairs = [(a, b) for a, b in pairwise(steps) if len(a) == len(b)]
    return sum((a[0] * (kernel**2 if len(a) == 3 else 1) + 1) * b[0] for a, b in pairs)


@pytest.mark.parametrize("variant", SHEETS)
def test_layers_and_settings_are_those_of_the_sheets(variant: str) -> None:
    v, (shapes, kernel, settings) = VARIANTS[variant], SHEETS[variant]
    model, parts = models.build(v.network, IMAGE), v.network.layers(IMAGE)
    assert isinstance(model, Autoencoder)
    assert tuple(map(_steps, parts)) == shapes
    for module, layers, steps in zip((model.encoder, model.decoder), parts, shapes, strict=True):
        assert sum(parameter.numel() for parameter in module.parameters()) == _parameters(steps, kernel)
        assert sum(layer.parameters for layer in layers) == _parameters(steps, kernel)
    assert v.train is not None
    assert v.train.learning_rate == 1e-3
    train = (v.corruption, v.train.epochs, v.train.batch_size, v.train.weight_decay)
    assert (*train, v.network.activation, v.network.code, v.network.output) == settings


def _encoder(*convolutions: dict[str, Any]) -> dict[str, Any]:
    return {"encoder": {"convolutions": list(convolutions)}}


def _decoder(*convolutions: dict[str, Any]) -> dict[str, Any]:
    return {"decoder": {"channels": 8, "convolutions": list(convolutions)}}


UNREACHABLE = _decoder({"channels": 4, "kernel": 4, "stride": 4}, {"channels": 1, "kernel": 4, "stride": 2})
PADDED_TWICE = _decoder({"channels": 1, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 2})
ORDINARY = _decoder({"channels": 1, "kernel": 3, "stride": 2, "transposed": False})
INVALID: list[tuple[dict[str, Any], tuple[int, int, int], str]] = [
    (
        _encoder({"channels": 4, "kernel": 5, "stride": 3}, {"channels": 4, "kernel": 9}),
        IMAGE,
        "2 has kernel 9, larger",
    ),
    (_encoder({"channels": 4, "kernel": 1, "stride": 2}), IMAGE, "kernel 1 skips pixels at stride 2"),
    (_encoder({"channels": 4, "kernel": 3, "stride": 1025}), IMAGE, "less than or equal to 1024"),
    (UNREACHABLE, IMAGE, "decoder convolution 1 .* must output 13×13 to reach 28×28"),
    (_decoder({"channels": 3, "kernel": 5}), IMAGE, "decoder ends at 3×28×28.*image is 1×28×28"),
    ({"decoder": {"convolutions": [{"channels": 1, "kernel": 5}]}}, IMAGE, "decoder channels is missing"),
    (_decoder({"kernel": 3}, {"kernel": 3}), IMAGE, "channels is missing in a decoder convolution"),
    ({"decoder": {"channels": 8}}, IMAGE, "decoder channels is 8, but.*no convolutions"),
    (PADDED_TWICE, IMAGE, r"output padding 2\): output padding must be smaller than the stride"),
    (_decoder({"channels": 1, "kernel": 3, "output_padding": 1}), IMAGE, "output padding must be smaller"),
    (ORDINARY, IMAGE, "decoder convolution 1 .*is not transposed, so it allows"),
    ({"beta": 4.0}, IMAGE, "beta weights the KL divergence of a gaussian code"),
    # of other images than those of the specification
    (_encoder({"channels": 4, "kernel": 11}), (3, 9, 40), "kernel 11, larger than its padded input of 3×9×40"),
    (_decoder({"channels": 4, "kernel": 3}, {"kernel": 4, "stride": 2}), (3, 9, 40), "must output 9×40 to reach 9×40"),
    (
        _decoder({"channels": 1, "kernel": 3}),
        (3, 9, 40),
        "decoder ends at 1×9×40, but an image is 3×9×40; omit channels",
    ),
]


@pytest.mark.parametrize(("settings", "image", "message"), INVALID)
def test_a_network_that_cannot_be_built_is_refused(
    settings: dict[str, Any], image: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        _network(**settings).layers(image)
