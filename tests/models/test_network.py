"""Networks of the five sheets: parameters counted from SPEC by hand, ranges, gradients."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hourglass import models
from hourglass.evaluation.complexity import parameters
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.settings import params

PARAMS = params.load(Path(__file__).parents[2] / "params.yaml")
VARIANTS = list(PARAMS.variants)
NETWORKS = [name for name in VARIANTS if PARAMS.variants[name].network.kind == "autoencoder"]

# weights + biases, layer by layer: dense a→b has a·b + b, a convolution a→b of kernel k has a·b·k² + b
LINEAR = (
    (100_352 + 128) + (8_192 + 64) + (2_048 + 32) + (512 + 16) + (128 + 8),  # 784→128→64→32→16→8
    (64 + 8) + (256 + 32) + (2_048 + 64) + (8_192 + 128) + (100_352 + 784),  # 8→8→32→64→128→784
)
# dense 10→1568, convolutions 32→32, 32→16, 16→1 of kernel 3
FILTERED = (15_680 + 1_568) + (9_216 + 32) + (4_608 + 16) + (144 + 1)
SELU = (
    # 1→6→39→72 of kernel 3, dense 648→145→98→52→6
    (54 + 6) + (2_106 + 39) + (25_272 + 72) + (93_960 + 145) + (14_210 + 98) + (5_096 + 52) + (312 + 6),
    # dense 6→52→98→145→648, 72→39→6→1 of kernel 3
    (312 + 52) + (5_096 + 98) + (14_210 + 145) + (93_960 + 648) + (25_272 + 39) + (2_106 + 6) + (54 + 1),
)
PARAMETERS = {
    "linear": LINEAR,
    "denoising": LINEAR,
    "convolutional": (
        (100 + 4) + (800 + 8) + (32_000 + 10),  # 1→4→8 of kernel 5, dense 3200→10
        (4_000 + 400) + (1_600_000 + 4_000) + (2_500 + 10) + (250 + 1),  # dense 10→400→4000, 10→10→1 of kernel 5
    ),
    "convolutional_denoising": ((144 + 16) + (4_608 + 32) + (15_680 + 10), FILTERED),  # 1→16→32, dense 1568→10
    "denoising_vae": ((144 + 16) + (4_608 + 32) + (31_360 + 20), FILTERED),  # the same, dense 1568→20
    "strided": (
        (800 + 32) + (25_600 + 32) + (15_680 + 10),  # 1→32→32 of kernel 5, dense 1568→10
        (15_680 + 1_568) + (25_600 + 32) + (800 + 1),  # dense 10→1568, 32→32→1 of kernel 5
    ),
    "selu": SELU,
    "selu_denoising": SELU,
}
TOTALS = {"linear": 223_408, "convolutional": 1_644_083, "strided": 85_835, "selu": 283_427}


def _build(name: str) -> Autoencoder:
    model = models.build(PARAMS.variants[name].network)
    assert isinstance(model, Autoencoder)
    return model


def _random(count: int = 4) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_are_those_of_the_sheets(variant: str) -> None:
    model = _build(variant)
    assert (parameters(model.encoder), parameters(model.decoder)) == PARAMETERS[variant]
    assert parameters(model) == sum(PARAMETERS[variant]) == TOTALS.get(variant, sum(PARAMETERS[variant]))


@pytest.mark.parametrize("variant", VARIANTS)
def test_encoder_decoder_and_joint_network_have_the_contracts_shapes(variant: str) -> None:
    spec = PARAMS.variants[variant].network
    model = models.build(spec).eval()
    codes = model.encode(_random(3))
    assert codes.shape == (3, spec.latent)
    assert model.decode(codes).shape == (3, 1, 28, 28)
    assert torch.equal(model(_random(3)), model.decode(codes))


@pytest.mark.parametrize("variant", NETWORKS)
def test_an_untrained_network_puts_out_finite_images_in_the_unit_range(variant: str) -> None:
    model = _build(variant)
    extreme = torch.full((2, PARAMS.variants[variant].network.latent), 1e4)
    for images in (model(_random()), model(torch.zeros(2, 1, 28, 28)), model.decode(extreme), model.decode(-extreme)):
        assert images.isfinite().all()
        assert 0 <= images.min() <= images.max() <= 1


def test_the_codes_have_the_range_of_their_activation() -> None:
    assert (_build("linear").encode(_random(50)) >= 0).all()
    softmax = _build("convolutional").encode(_random(50))
    assert torch.allclose(softmax.sum(dim=1), torch.ones(50))
    assert (_build("strided").encode(_random(50)) < 0).any()


@pytest.mark.parametrize("variant", ["linear", "denoising", "convolutional"])
def test_a_tanh_network_sees_and_makes_minus_one_to_one(variant: str) -> None:
    model = _build(variant)
    seen: list[Tensor] = []
    model.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model.encode(torch.stack([torch.zeros(1, 28, 28), torch.ones(1, 28, 28)]))
    assert [part.unique().tolist() for part in seen[0]] == [[-1.0], [1.0]]
    own = model.decoder(1000 * torch.randn(500, model.spec.latent, generator=torch.Generator().manual_seed(0)))
    assert own.min() < -0.9
    assert own.max() > 0.9
    assert own.abs().max() <= 1


@pytest.mark.parametrize("variant", ["strided", "selu", "convolutional_denoising"])
def test_a_sigmoid_network_sees_zero_to_one(variant: str) -> None:
    model = _build(variant)
    images = _random()
    assert torch.equal(model.encode(images), model.encoder(images))
    assert torch.equal(model(images), model.decoder(model.encoder(images)))


@pytest.mark.parametrize("variant", NETWORKS)
def test_every_parameter_gets_a_gradient(variant: str, digits: Images) -> None:
    model = _build(variant)
    images = to_float(digits.images[:64])
    loss, _ = LOSSES[PARAMS.variants[variant].loss](model, images, images, torch.Generator().manual_seed(0))
    loss.backward()
    assert loss.isfinite()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("variant", NETWORKS)
@pytest.mark.parametrize("pixel", [0.13, 0.5, 0.9])
def test_the_output_starts_around_the_mean_pixel(variant: str, pixel: float) -> None:
    model = _build(variant)
    model.initialise_output(pixel)
    with torch.no_grad():
        for parameter in model.decoder[-2].parameters():
            if parameter.dim() > 1:  # the weights: what is left is the bias
                parameter.zero_()
    assert model(_random()).unique().tolist() == pytest.approx([pixel], abs=1e-5)


@pytest.mark.parametrize("variant", NETWORKS)
def test_before_training_the_reconstructions_mean_is_near_that_of_the_images(variant: str, digits: Images) -> None:
    model = _build(variant)
    images = to_float(digits.images[:100])
    model.initialise_output(images.mean().item())
    assert model(images).mean().item() == pytest.approx(images.mean().item(), abs=0.05)


@pytest.mark.parametrize("latent", [2, 3])
def test_the_latent_override_changes_every_network(latent: int) -> None:
    overridden = PARAMS.model_copy(update={"model": params.ModelOverride(latent=latent)})
    for name in VARIANTS:
        assert models.build(overridden.variant(name).network).encode(_random()).shape == (4, latent)


def test_selu_with_two_code_numbers_has_the_parameters_of_the_sheet() -> None:
    overridden = PARAMS.model_copy(update={"model": params.ModelOverride(latent=2)})
    # dense 52→2 in place of 52→6 (106 for 318), 2→52 in place of 6→52 (156 for 364)
    assert parameters(models.build(overridden.variant("selu").network)) == 283_427 - 318 + 106 - 364 + 156


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_torch_agrees_with_the_arithmetic_of_mirrors(kernel: int, stride: int, padding: int) -> None:
    convolution = {"channels": 2, "kernel": kernel, "stride": stride, "padding": padding}
    again = {"channels": 3, "kernel": 2, "stride": 2}
    spec = _spec(encoder={"convolutions": [convolution, again], "dense": [5]})
    shapes: list[tuple[int, ...]] = []
    model = Autoencoder(spec)
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[1:])))
    assert model(_random(1)).shape == (1, 1, 28, 28)
    encoder, decoder = spec.layers()
    assert shapes == [layer.output for layer in encoder + decoder]


@pytest.mark.parametrize("activation", ["relu", "selu", "tanh", "sigmoid", "none"])
def test_every_activation_is_the_one_of_its_name(activation: str) -> None:
    formulas = {
        "relu": lambda x: x.clamp(min=0),
        "selu": lambda x: 1.0507009873554805 * torch.where(x > 0, x, 1.6732632423543772 * (x.exp() - 1)),
        "tanh": lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        "sigmoid": lambda x: 1 / (1 + (-x).exp()),
        "none": lambda x: x,
    }
    model = Autoencoder(_spec(activation=activation, encoder={"dense": [6]}))
    hidden = model.encoder[1](_random().flatten(1))
    assert torch.allclose(model.encoder[2](hidden), formulas[activation](hidden), atol=1e-6)


def test_pca_counts_its_mean_and_its_components() -> None:
    assert parameters(models.build(PcaSpec(kind="pca", latent=10))) == 784 + 10 * 784


def _spec(**settings: Any) -> NetworkSpec:
    return NetworkSpec.model_validate({"latent": 4} | settings)
