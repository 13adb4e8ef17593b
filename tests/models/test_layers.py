"""The faster layers against torch's own, over all geometries that a specification allows."""

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from hourglass.models import layers

# few and many channels, on both sides of the limit at which products are summed explicitly
CHANNELS = [(1, 6), (6, 1), (40, 5), (5, 40), (20, 17)]
# kernel, stride; a kernel of 1 with a stride is refused
KERNELS = [(1, 1), (2, 1), (2, 3), (3, 1), (3, 2), (5, 2), (5, 3)]
SIZES = [(8, 7), (7, 6)]  # a stride of 2 reaches the far edge of odd sides only


def _results(layer: Callable[[Tensor], Tensor], parameters: list[Tensor], maps: Tensor) -> list[Tensor]:
    """Return the output and the gradients of a fixed weighting of it."""
    leaf = maps.clone().requires_grad_()
    output = layer(leaf * 1)  # after another operation, as inside a network
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).view(output.shape).sin()
    return [output.detach(), *torch.autograd.grad((output * weights).sum(), [leaf, *parameters])]


def _assert_equal(fast: nn.Module, reference: nn.Module, maps: Tensor) -> None:
    reference.load_state_dict(fast.state_dict())
    expected = _results(reference.double(), list(reference.parameters()), maps.double())
    results = _results(fast, list(fast.parameters()), maps)
    with torch.inference_mode():
        results, expected = [*results, fast(maps)], [*expected, expected[0]]
    for result, wanted in zip(results, expected, strict=True):
        assert result.shape == wanted.shape
        assert (result - wanted).abs().max() < 1e-5 * max(1.0, wanted.abs().max().item())


@pytest.mark.parametrize("channels", CHANNELS)
def test_convolutions_match_torch(channels: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    for (kernel, stride), padding, size in product(KERNELS, range(3), SIZES):
        maps = torch.randn(3, channels[0], *size, generator=generator)
        geometry, bias = (*channels, kernel, stride, padding), size != SIZES[0]
        _assert_equal(layers.Conv2d(*geometry, bias=bias), nn.Conv2d(*geometry, bias=bias), maps)
        for rows in range(stride):
            larger = (*geometry, (rows, (rows + size[0] - size[1]) % stride))
            layer, reference = layers.ConvTranspose2d(*larger, bias=bias), nn.ConvTranspose2d(*larger, bias=bias)
            _assert_equal(layer, reference, maps)


@pytest.mark.parametrize(("fast", "reference"), [(layers.SELU(), nn.SELU()), (layers.Tanh(), nn.Tanh())])
def test_activations_match_torch(fast: nn.Module, reference: nn.Module) -> None:
    values = torch.cat([torch.linspace(-30, 30, 5999), torch.tensor([0.0, -1e-7, 1e-7, -1e-30, 100.0, -200.0])])
    _assert_equal(fast, reference, values.view(1, 5, 1201).repeat(2, 1, 1).transpose(1, 2))


@pytest.mark.parametrize("shape", [(3, 4, 5, 5), (3, 1, 5, 5), (3, 4, 1, 1), (3, 7)])
def test_flatten_and_unflatten_match_torch(shape: tuple[int, ...]) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    if len(shape) == 4:
        maps = maps.contiguous(memory_format=torch.channels_last)
        _assert_equal(layers.Unflatten(1, shape[1:]), nn.Unflatten(1, shape[1:]), maps.flatten(1))
    _assert_equal(layers.Flatten(), nn.Flatten(), maps)


def test_under_autocast_torch_computes_in_bfloat16() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert layers.ConvTranspose2d(40, 1, 3)(torch.randn(2, 40, 7, 7)).dtype == torch.bfloat16
