"""The fast layers against torch's own, over every geometry that a description can have."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from hourglass.models import layers

# few and many channels in and out, on either side of where products are summed by hand
CHANNELS = [(1, 1), (1, 6), (3, 2), (6, 1), (40, 5), (16, 1), (5, 40), (20, 17)]
KERNELS = [1, 2, 3, 5]
STRIDES = [1, 2, 3]
SIDES = [7, 8]  # with a stride of 2, one leaves no pixel at the far edge and the other leaves one


def _outcome(layer: Callable[[Tensor], Tensor], parameters: list[Tensor], maps: Tensor) -> list[Tensor]:
    """What a layer makes of maps, and the gradients of a fixed weighting of that."""
    leaf = maps.clone().requires_grad_()
    # behind another operation, as within a network
    made = layer(leaf * 1)
    weighting = torch.linspace(-1, 2, made.numel(), dtype=made.dtype).view(made.shape).sin()  # sums do not cancel
    return [made.detach(), *torch.autograd.grad((made * weighting).sum(), [leaf, *parameters])]


def _assert_same(fast: nn.Module, own: nn.Module, maps: Tensor) -> None:
    own.load_state_dict(fast.state_dict())
    # in double precision torch's own is exact enough to be the measure
    expected = _outcome(own.double(), list(own.parameters()), maps.double())
    for found, wanted in zip(_outcome(fast, list(fast.parameters()), maps), expected, strict=True):
        assert found.shape == wanted.shape
        assert (found - wanted).abs().max() < 1e-5 * max(1.0, wanted.abs().max().item())
    with torch.inference_mode():
        assert (fast(maps) - expected[0]).abs().max() < 1e-5 * max(1.0, expected[0].abs().max().item())


def _maps(channels: int, side: int, generator: torch.Generator) -> Tensor:
    return torch.randn(3, channels, side, side, generator=generator)


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_is_torchs_own(channels: tuple[int, int], bias: bool) -> None:
    draw = torch.Generator().manual_seed(0)
    for kernel, stride, padding, side in product(KERNELS, STRIDES, range(4), SIDES):
        geometry = (*channels, kernel, stride, padding)
        fast, own = layers.Conv2d(*geometry, bias=bias), nn.Conv2d(*geometry, bias=bias)
        _assert_same(fast, own, _maps(channels[0], side, draw))


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_transposed_convolution_is_torchs_own(channels: tuple[int, int], bias: bool) -> None:
    draw = torch.Generator().manual_seed(0)
    for kernel, stride, padding, side in product(KERNELS, STRIDES, range(3), SIDES):
        for output_padding in range(stride):
            geometry = (*channels, kernel, stride, padding, output_padding)
            fast, own = layers.ConvTranspose2d(*geometry, bias=bias), nn.ConvTranspose2d(*geometry, bias=bias)
            _assert_same(fast, own, _maps(channels[0], side, draw))


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("layer", [layers.Conv2d(3, 2, 1, 2), layers.ConvTranspose2d(3, 2, 1, 2, output_padding=1)])
def test_a_convolution_that_skips_pixels_stays_clear_of_the_one_of_onednn_that_writes_past_its_memory(
    layer: nn.Module, half: bool
) -> None:
    maps = _maps(3, 28, torch.Generator().manual_seed(0)).requires_grad_()
    with torch.profiler.profile(record_shapes=True) as profile:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            made = layer(maps).sum()
        made.backward()
    strided = [event for event in profile.events() if "convolution" in event.name and [2, 2] in event.concrete_inputs]
    assert not strided


def test_larger_shapes_drawn_at_random() -> None:
    draw = torch.Generator().manual_seed(0)

    def below(end: int) -> int:
        return int(torch.randint(end, (), generator=draw))

    for _ in range(100):
        kernel, stride, padding = 1 + below(9), 1 + below(6), below(7)
        sizes, side = (1 + below(40), 1 + below(40)), kernel + below(15)
        _assert_same(
            layers.Conv2d(*sizes, kernel, stride, padding),
            nn.Conv2d(*sizes, kernel, stride, padding),
            _maps(sizes[0], side, draw),
        )
        if (side - 1) * stride + kernel > 2 * padding:
            geometry = (*sizes, kernel, stride, padding, below(stride))
            _assert_same(layers.ConvTranspose2d(*geometry), nn.ConvTranspose2d(*geometry), _maps(sizes[0], side, draw))


def test_both_ways_to_a_transposed_convolution_are_taken() -> None:
    assert layers._wastes_lanes(32, 1)  # strided's last layer: summed products
    assert layers._wastes_lanes(39, 6)
    assert not layers._wastes_lanes(10, 10)  # convolutional's: oneDNN
    assert not layers._wastes_lanes(72, 39)


@pytest.mark.parametrize(("fast", "own"), [(layers.SELU(), nn.SELU()), (layers.Tanh(), nn.Tanh())])
def test_an_activation_is_torchs_own(fast: nn.Module, own: nn.Module) -> None:
    values = torch.cat([torch.linspace(-30, 30, 5999), torch.tensor([0.0, -1e-7, 1e-7, -1e-30, 100.0, -200.0])])
    _assert_same(fast, own, values.view(1, 5, 1201).repeat(2, 1, 1).transpose(1, 2))


@pytest.mark.parametrize("shape", [(3, 4, 5, 5), (3, 1, 5, 5), (3, 4, 1, 1), (3, 7)])
def test_flattening_is_torchs_own(shape: tuple[int, ...]) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    if len(shape) == 4:
        maps = maps.contiguous(memory_format=torch.channels_last)
        _assert_same(layers.Unflatten(1, shape[1:]), nn.Unflatten(1, shape[1:]), maps.flatten(1))
    _assert_same(layers.Flatten(), nn.Flatten(), maps)


def test_the_state_is_that_of_torchs_own_layers() -> None:
    for fast, own in ((layers.Conv2d(2, 3, 3), nn.Conv2d(2, 3, 3)), (layers.SELU(), nn.SELU())):
        assert fast.state_dict().keys() == own.state_dict().keys()
        assert isinstance(fast, type(own))


def test_under_autocast_the_layers_are_torchs_own() -> None:
    maps = torch.randn(2, 40, 7, 7)
    with torch.autocast("cpu", torch.bfloat16):
        assert layers.ConvTranspose2d(40, 1, 3)(maps).dtype == torch.bfloat16
