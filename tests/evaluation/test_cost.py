"""Parameters and multiply-adds, counted by hand."""

from pathlib import Path

import pytest
import torch
from hourglass.evaluation.complexity import cost

from hourglass import models
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.settings import params

PARAMS = params.load(Path(__file__).parents[2] / "params.yaml")

# a dense layer a→b multiplies a·b times; a convolution a→b of kernel k multiplies a·b·k² times for every pixel it puts
# out, a transposed one for every pixel it takes in
COSTS = {
    "linear": (
        223_408,
        100_352 + 8_192 + 2_048 + 512 + 128,
        64 + 256 + 2_048 + 8_192 + 100_352,
    ),
    "convolutional": (
        1_644_083,
        24 * 24 * 100 + 20 * 20 * 800 + 32_000,
        4_000 + 1_600_000 + 20 * 20 * 2_500 + 24 * 24 * 250,
    ),
    "strided": (85_835, 156_800 + 1_254_400 + 15_680, 15_680 + 1_254_400 + 156_800),  # 1,426,880 each way
    "denoising_vae": (
        67_445,
        14 * 14 * 144 + 7 * 7 * 4_608 + 31_360,
        15_680 + 7 * 7 * 9_216 + 14 * 14 * 4_608 + 28 * 28 * 144,  # the last convolution is not transposed
    ),
    "pca": (784 + 7_840, 7_840, 7_840),
}


@pytest.mark.parametrize("variant", COSTS)
def test_parameters_and_multiply_adds_are_those_counted_by_hand(variant: str) -> None:
    parameters, encoder, decoder = COSTS[variant]
    assert cost(models.build(PARAMS.variants[variant].network)) == {
        "parameters": parameters,
        "encoder_multiply_adds": encoder,
        "decoder_multiply_adds": decoder,
    }


def test_the_encoder_of_strided_multiplies_1426880_times() -> None:
    assert cost(models.build(PARAMS.variants["strided"].network))["encoder_multiply_adds"] == 1_426_880


def test_counting_leaves_the_model_as_it_was() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 2, "code": "gaussian", "encoder": {"dense": [3]}}))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert cost(model) == cost(model)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("latent", [1, 784])
def test_pca_costs_its_components_twice(latent: int) -> None:
    found = cost(models.build(PcaSpec(kind="pca", latent=latent)))
    assert found["encoder_multiply_adds"] == found["decoder_multiply_adds"] == 784 * latent
