"""Layer shapes of the five sheets, written from SPEC by hand, and descriptions that cannot work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field as Setting
from pydantic import TypeAdapter

from hourglass.errors import UserError
from hourglass.models.sizes import Layer
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.settings import params

PARAMS = params.load(Path(__file__).parents[2] / "params.yaml")

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
# what each layer takes in and, at the end, what the last one outputs; a flattened map counts as a step of its own
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


def _steps(layers: list[Layer]) -> Shapes:
    steps = [layers[0].input]
    for layer in layers:
        steps += [layer.output] if layer.input == steps[-1] else [layer.input, layer.output]
    return steps


def _network(**settings: Any) -> NetworkSpec:
    return NetworkSpec.model_validate({"latent": 4, "encoder": {}} | settings)


@pytest.mark.parametrize("variant", SHAPES)
def test_layers_have_the_shapes_of_the_sheets(variant: str) -> None:
    encoder, decoder = PARAMS.variants[variant].network.layers()
    assert (_steps(encoder), _steps(decoder)) == SHAPES[variant]


def test_the_sheets_settings_are_in_params() -> None:
    found = {
        name: (v.corruption, v.train.epochs, v.train.batch_size, v.train.learning_rate, v.train.weight_decay)
        for name, v in PARAMS.variants.items()
        if v.train is not None and name in SHAPES
    }
    assert found == {
        "linear": ("none", 50, 128, 1e-3, 1e-5),
        "denoising": ("gaussian", 50, 128, 1e-3, 1e-5),
        "convolutional": ("none", 50, 128, 1e-3, 1e-5),
        "convolutional_denoising": ("gaussian", 10, 64, 1e-3, 0.0),
        "denoising_vae": ("gaussian", 10, 64, 1e-3, 0.0),
        "strided": ("none", 10, 32, 1e-3, 0.0),
        "selu": ("none", 60, 512, 1e-3, 0.0),
        "selu_denoising": ("gaussian_occlusion", 60, 512, 1e-3, 0.0),
    }


def test_activations_are_those_of_the_sheets() -> None:
    found = {name: _activations(PARAMS.variants[name].network) for name in SHAPES}
    assert found == {
        "linear": ("relu", "relu", "tanh"),
        "denoising": ("relu", "relu", "tanh"),
        "convolutional": ("relu", "softmax", "tanh"),
        "convolutional_denoising": ("relu", "none", "sigmoid"),
        "denoising_vae": ("relu", "gaussian", "sigmoid"),
        "strided": ("relu", "none", "sigmoid"),
        "selu": ("selu", "none", "sigmoid"),
        "selu_denoising": ("selu", "none", "sigmoid"),
    }


def _activations(network: NetworkSpec) -> tuple[str, str, str]:
    return network.activation, network.code, network.output


@pytest.mark.parametrize("latent", [1, 2, 17])
def test_the_latent_override_changes_the_code_of_every_variant(latent: int) -> None:
    overridden = PARAMS.model_copy(update={"model": params.ModelOverride(latent=latent)})
    for name in SHAPES:
        encoder, decoder = overridden.variant(name).network.layers()
        assert encoder[-1].output == ((2 * latent,) if name == "denoising_vae" else (latent,))
        assert decoder[0].input == (latent,)
    assert overridden.variant("pca").network.latent == latent


def test_the_mirror_is_the_decoder_written_out() -> None:
    encoder = {
        "convolutions": [{"channels": 5, "kernel": 4, "stride": 3, "padding": 1}, {"channels": 7, "kernel": 3}],
        "dense": [30, 20],
    }
    # 28 -> (28 + 2 - 4) // 3 + 1 = 9 -> 7, and back 7 -> 9 -> (9 - 1) · 3 - 2 + 4 = 26, so two pixels of padding
    decoder = {
        "dense": [20, 30],
        "channels": 7,
        "convolutions": [
            {"channels": 5, "kernel": 3},
            {"channels": 1, "kernel": 4, "stride": 3, "padding": 1, "output_padding": 2},
        ],
    }
    assert _network(encoder=encoder).layers() == _network(encoder=encoder, decoder=decoder).layers()
    dense = {"dense": [128, 64]}
    assert _network(encoder=dense).layers() == _network(encoder=dense, decoder={"dense": [64, 128]}).layers()


@pytest.mark.parametrize("stride", range(1, 6))
@pytest.mark.parametrize("kernel", range(1, 8))
def test_every_encoder_that_can_be_built_has_a_mirror_that_ends_at_the_image(kernel: int, stride: int) -> None:
    for padding in range(4):
        convolution = {"channels": 3, "kernel": kernel, "stride": stride, "padding": padding}
        _, decoder = _network(encoder={"convolutions": [convolution]}).layers()
        assert decoder[-1].output == (1, 28, 28)


def _maps(*convolutions: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"decoder": {"channels": 8, "convolutions": list(convolutions)} | settings}


BROKEN = {
    "kernel larger than its map": (
        {"encoder": {"convolutions": [{"channels": 4, "kernel": 5, "stride": 3}, {"channels": 4, "kernel": 9}]}},
        r"encoder convolution 2 has kernel 9, larger than its padded input of 4×8×8 with padding 0",
    ),
    "decoder that ends at another size": (
        _maps({"channels": 1, "kernel": 3, "stride": 2, "padding": 1}),
        r"decoder convolution 1 \(kernel 3, stride 2, padding 1, output padding 0\) must output 28×28.*no input size",
    ),
    "decoder whose first convolution does not meet the second": (
        _maps({"channels": 4, "kernel": 4, "stride": 4}, {"channels": 1, "kernel": 4, "stride": 2, "padding": 0}),
        r"decoder convolution 1 .* must output 13×13 on the way to 28×28",
    ),
    "decoder that ends in colour": (_maps({"channels": 3, "kernel": 5}), r"decoder ends at 3×28×28.*image is 1×28×28"),
    "kernel larger than the image it makes": (_maps({"channels": 1, "kernel": 29}), r"kernel 29.*must output 28×28"),
    "missing channels": (
        {"decoder": {"convolutions": [{"channels": 1, "kernel": 5}]}},
        r"decoder channels is missing: how many maps",
    ),
    "channels without convolutions": ({"decoder": {"channels": 8}}, r"decoder channels is 8, but.*no convolutions"),
    "output padding of a stride": (
        _maps({"channels": 1, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 2}),
        r"decoder convolution 1 .*output padding 2\): output padding must be smaller than the stride",
    ),
    "output padding without a stride": (
        _maps({"channels": 1, "kernel": 3, "output_padding": 1}),
        r"output padding 1\): output padding must be smaller",
    ),
    "plain convolution with a stride": (
        _maps({"channels": 1, "kernel": 3, "stride": 2, "transposed": False}),
        r"decoder convolution 1 .*stride 2.*is not transposed, so it takes no output padding and no stride but 1",
    ),
    "unknown activation": ({"activation": "swish"}, r"activation\n.*'relu', 'selu'.*input_value='swish'"),
    "unknown code": ({"code": "selu"}, r"code\n.*'gaussian'.*input_value='selu'"),
    "beta without a KL term": ({"beta": 4.0}, r"beta weighs the KL term of a gaussian code, but code is none"),
    "no kernel": ({"encoder": {"convolutions": [{"channels": 4, "kernel": 0}]}}, r"kernel\n.*greater than 0"),
    "an empty layer": ({"encoder": {"dense": [16, 0]}}, r"encoder.dense.1\n.*greater than 0"),
    "unknown setting": ({"encoder": {"convolution": []}}, r"encoder.convolution\n.*not permitted"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_description_that_cannot_work_is_refused(what: str) -> None:
    settings, message = BROKEN[what]
    with pytest.raises(ValueError, match=message):
        _network(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"variants.strided.network.encoder.convolutions": [{"channels": 32, "kernel": 31}]},
            r"variants\.strided\.network: encoder convolution 1 has kernel 31, larger than .* 1×28×28 with padding 0",
        ),
        (
            {"variants.convolutional.network.decoder.convolutions": [{"channels": 1, "kernel": 5, "stride": 2}]},
            r"variants\.convolutional\.network: decoder convolution 1 \(kernel 5, stride 2, .*must output 28×28",
        ),
        (
            {"variants.selu.network.activation": "swish"},
            r"variants\.selu\.network\.activation is 'swish', but .*'relu', 'selu', 'tanh'",
        ),
        (
            {"variants.variational.network.decoder.channels": "DELETE"},
            r"variants\.variational\.network: decoder channels is missing",
        ),
    ],
)
def test_params_yaml_is_refused_by_variant_layer_and_shape(
    changed_params: Callable[[dict[str, Any]], Path], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        params.load(changed_params(settings))
    assert len(str(caught.value).splitlines()) == 1


class WithSkip(NetworkSpec):
    """A description with one more setting, as a later version may have."""

    skip: str | None = Setting(None, exclude_if=lambda value: value is None)


@pytest.mark.parametrize("variant", SHAPES)
def test_a_later_optional_setting_leaves_the_text_of_other_networks_as_it_is(variant: str) -> None:
    described = PARAMS.variants[variant].network
    later = WithSkip.model_validate(described.model_dump())
    assert later.model_dump_json() == described.model_dump_json()
    assert json.loads(later.model_copy(update={"skip": "last"}).model_dump_json())["skip"] == "last"


@pytest.mark.parametrize("variant", PARAMS.variants)
def test_a_description_comes_back_from_its_text(variant: str) -> None:
    described = PARAMS.variants[variant].network
    assert TypeAdapter(AnyNetworkSpec).validate_json(described.model_dump_json()) == described
