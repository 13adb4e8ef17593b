"""Layer shapes of the exercise sheets, and specifications that cannot be built."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from shapes import IMAGE

from hourglass.models import Autoencoder
from hourglass.models.spec import AnyNetworkSpec, Layer, NetworkSpec
from hourglass.settings import params

VARIANTS = params.load(Path(__file__).parents[2] / "params.yaml").variants

Shapes = list[tuple[int, ...]]

LINEAR = (
    [(784,), (128,), (64,), (32,), (16,), (8,)],
    [(8,), (8,), (32,), (64,), (128,), (784,)],
)
SELU = (
    [(1, 28, 28), (6, 14, 14), (39, 7, 7), (72, 3, 3), (648,), (145,), (98,), (52,), (6,)],
    [(6,), (52,), (98,), (145,), (648,), (72, 3, 3), (39, 7, 7), (6, 14, 14), (1, 28, 28)],
)
STRIDED_TWICE = [(1, 28, 28), (16, 14, 14), (32, 7, 7), (1568,)]
MIRRORED_AND_FILTERED = [(10,), (1568,), (32, 7, 7), (32, 14, 14), (16, 28, 28), (1, 28, 28)]
# inputs of all layers and the last output; a flattened map is a step of its own
SHAPES: dict[str, tuple[Shapes, Shapes]] = {
    "linear": LINEAR,
    "denoising": LINEAR,
    "convolutional": (
        [(1, 28, 28), (4, 24, 24), (8, 20, 20), (3200,), (10,)],
        [(10,), (400,), (4000,), (10, 20, 20), (10, 24, 24), (1, 28, 28)],
    ),
    "convolutional_denoising": ([*STRIDED_TWICE, (10,)], MIRRORED_AND_FILTERED),
    "denoising_vae": ([*STRIDED_TWICE, (20,)], MIRRORED_AND_FILTERED),  # ten means, ten log-variances
    "strided": (
        [(1, 28, 28), (32, 14, 14), (32, 7, 7), (1568,), (10,)],
        [(10,), (1568,), (32, 7, 7), (32, 14, 14), (1, 28, 28)],
    ),
    "selu": SELU,
    "selu_denoising": SELU,
}
# corruption, epochs, batch size, weight decay; activation, code, output
TRAINING = {
    "linear": ("none", 50, 128, 1e-5, "relu", "relu", "tanh"),
    "denoising": ("gaussian", 50, 128, 1e-5, "relu", "relu", "tanh"),
    "convolutional": ("none", 50, 128, 1e-5, "relu", "softmax", "tanh"),
    "convolutional_denoising": ("gaussian", 10, 64, 0.0, "relu", "none", "sigmoid"),
    "denoising_vae": ("gaussian", 10, 64, 0.0, "relu", "gaussian", "sigmoid"),
    "strided": ("none", 10, 32, 0.0, "relu", "none", "sigmoid"),
    "selu": ("none", 60, 512, 0.0, "selu", "none", "sigmoid"),
    "selu_denoising": ("gaussian_occlusion", 60, 512, 0.0, "selu", "none", "sigmoid"),
}


def _steps(layers: list[Layer]) -> Shapes:
    steps = [layers[0].input]
    for layer in layers:
        steps += [layer.output] if layer.input == steps[-1] else [layer.input, layer.output]
    return steps


def _network(**settings: Any) -> NetworkSpec:
    return NetworkSpec.model_validate({"latent": 4, "encoder": {}} | settings)


@pytest.mark.parametrize("variant", SHAPES)
def test_layers_have_the_shapes_of_the_sheets(variant: str) -> None:
    encoder, decoder = VARIANTS[variant].network.layers(IMAGE)
    assert (_steps(encoder), _steps(decoder)) == SHAPES[variant]


@pytest.mark.parametrize("variant", TRAINING)
def test_settings_are_those_of_the_sheets(variant: str) -> None:
    v = VARIANTS[variant]
    assert v.train.learning_rate == 1e-3
    assert TRAINING[variant] == (
        v.corruption,
        v.train.epochs,
        v.train.batch_size,
        v.train.weight_decay,
        v.network.activation,
        v.network.code,
        v.network.output,
    )


def test_a_mirrored_decoder_equals_the_explicit_one() -> None:
    encoder = {
        "convolutions": [{"channels": 5, "kernel": 4, "stride": 3, "padding": 1}, {"channels": 7, "kernel": 3}],
        "dense": [30, 20],
    }
    # 28 -> (28 + 2 - 4) // 3 + 1 = 9 -> 7, and back 7 -> 9 -> (9 - 1) · 3 - 2 + 4 = 26, hence output padding 2
    decoder = {
        "dense": [20, 30],
        "channels": 7,
        "convolutions": [
            {"channels": 5, "kernel": 3},
            {"channels": 1, "kernel": 4, "stride": 3, "padding": 1, "output_padding": 2},
        ],
    }
    mirrored, explicit = _network(encoder=encoder), _network(encoder=encoder, decoder=decoder)
    assert str(Autoencoder(mirrored, IMAGE)) == str(Autoencoder(explicit, IMAGE))  # kernels, strides and paddings


def _decoder(*convolutions: dict[str, Any]) -> dict[str, Any]:
    return {"decoder": {"channels": 8, "convolutions": list(convolutions)}}


INVALID = {
    "kernel larger than its maps": (
        {"encoder": {"convolutions": [{"channels": 4, "kernel": 5, "stride": 3}, {"channels": 4, "kernel": 9}]}},
        r"encoder convolution 2 has kernel 9, larger than its padded input of 4×8×8 with padding 0",
    ),
    "kernel of 1 with a stride": (
        {"encoder": {"convolutions": [{"channels": 4, "kernel": 1, "stride": 2}]}},
        r"kernel 1 skips pixels at stride 2",
    ),
    "stride larger than any image": (
        {"encoder": {"convolutions": [{"channels": 4, "kernel": 3, "stride": 1025}]}},
        r"stride\n.*less than or equal to 1024",
    ),
    "unreachable output size": (
        _decoder({"channels": 4, "kernel": 4, "stride": 4}, {"channels": 1, "kernel": 4, "stride": 2}),
        r"decoder convolution 1 .* must output 13×13 to reach 28×28",
    ),
    "three output channels": (_decoder({"channels": 3, "kernel": 5}), r"decoder ends at 3×28×28.*image is 1×28×28"),
    "missing channels": (
        {"decoder": {"convolutions": [{"channels": 1, "kernel": 5}]}},
        r"decoder channels is missing: the input channels",
    ),
    "no channels before the last convolution": (
        _decoder({"kernel": 3}, {"kernel": 3}),
        r"channels is missing in a decoder convolution; only the last one may omit it",
    ),
    "channels without convolutions": ({"decoder": {"channels": 8}}, r"decoder channels is 8, but.*no convolutions"),
    "output padding as large as the stride": (
        _decoder({"channels": 1, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 2}),
        r"output padding 2\): output padding must be smaller than the stride",
    ),
    "output padding without a stride": (
        _decoder({"channels": 1, "kernel": 3, "output_padding": 1}),
        r"output padding 1\): output padding must be smaller",
    ),
    "ordinary convolution with a stride": (
        _decoder({"channels": 1, "kernel": 3, "stride": 2, "transposed": False}),
        r"decoder convolution 1 .*is not transposed, so it allows no output padding and no stride above 1",
    ),
    "beta without a KL divergence": ({"beta": 4.0}, r"beta weights the KL divergence of a gaussian code"),
}


@pytest.mark.parametrize("what", INVALID)
def test_a_network_that_cannot_be_built_is_refused(what: str) -> None:
    settings, message = INVALID[what]
    with pytest.raises(ValueError, match=message):
        _network(**settings).layers(IMAGE)


MISFITS = {
    "kernel": (
        {"encoder": {"convolutions": [{"channels": 4, "kernel": 11}]}},
        "encoder convolution 1 has kernel 11, larger than its padded input of 3×9×40 with padding 0",
    ),
    "size": (
        _decoder({"channels": 4, "kernel": 3}, {"kernel": 4, "stride": 2}),
        "decoder convolution 2 (kernel 4, stride 2, padding 0, output padding 0) must output 9×40 to reach 9×40, "
        "but no input size does",
    ),
    "channels": (
        _decoder({"channels": 1, "kernel": 3}),
        "decoder ends at 1×9×40, but an image is 3×9×40; omit channels in its last convolution",
    ),
}


@pytest.mark.parametrize("what", MISFITS)
def test_a_network_that_does_not_fit_the_images_is_refused_in_one_line(what: str) -> None:
    settings, message = MISFITS[what]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        _network(**settings).layers((3, 9, 40))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_specification_survives_json(variant: str) -> None:
    spec = VARIANTS[variant].network
    assert TypeAdapter(AnyNetworkSpec).validate_json(spec.model_dump_json()) == spec
