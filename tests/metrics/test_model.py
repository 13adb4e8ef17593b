"""Parameters and multiply-adds, counted by hand."""

from collections.abc import Callable

import pytest
from shapes import IMAGE

from hourglass import models
from hourglass.metrics import MODEL
from hourglass.models.spec import NetworkSpec
from hourglass.settings.params import Params

# a dense layer a→b multiplies a·b times; a convolution a→b of kernel k a·b·k² times per output pixel, a transposed
# one per input pixel
COSTS = {
    "linear": (223_408, 2 * (100_352 + 8_192 + 2_048) + 512 + 128 + 64 + 256),
    "convolutional": (
        1_644_083,
        24 * 24 * 100 + 20 * 20 * 800 + 32_000 + 4_000 + 1_600_000 + 20 * 20 * 2_500 + 24 * 24 * 250,
    ),
    "strided": (85_835, 2 * (156_800 + 1_254_400 + 15_680)),
    "denoising_vae": (
        67_445,
        14 * 14 * 144 + 7 * 7 * 4_608 + 31_360 + 15_680 + 7 * 7 * 9_216 + 14 * 14 * 4_608 + 28 * 28 * 144,
    ),
    "pca": (784 + 7_840, 2 * 7_840),
}


@pytest.mark.parametrize("variant", COSTS)
def test_parameters_and_multiply_adds(variant: str, validated: Callable[..., Params]) -> None:
    scores = MODEL.scores(models.build(validated({}).variants[variant].network, IMAGE))
    assert (scores["parameters"].value, scores["multiply_adds"].value) == COSTS[variant]


def test_a_softmax_code_has_one_free_dimension_fewer() -> None:
    spec = NetworkSpec.model_validate({"latent": 4, "code": "softmax", "encoder": {"dense": [8]}})
    scores = MODEL.scores(models.build(spec, IMAGE))
    assert (scores["latent_dim"].value, scores["free_dims"].value) == (4, 3)
