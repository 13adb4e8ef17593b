"""Layers that compute what torch's own do, and faster on a CPU.

They are torch's own modules, with the same state; on a GPU, and under autocast, they do just what these do. On a CPU
some of torch's kernels take many times what the arithmetic asks for:

- Convolutions to few channels fill few lanes of the processor's vectors (one of sixteen, to a single channel). Here the
  products over channels are one matrix product, which fills them all; what remains is to sum products where taps of
  the kernel overlap.
- The gradients of a transposed convolution are an ordinary convolution and its weights' gradient; torch's own backward
  pass rearranges weights and maps on the way.
- tanh, and the expm1 in SELU, are not vectorised in torch; the sigmoid and exp are.

A convolution of one pixel with a stride is never handed to oneDNN: channels last, the gradient of its weights writes
past the end of its memory (https://github.com/uxlfoundation/oneDNN/issues/6035).

Maps are kept channels last, in which oneDNN's convolutions of few channels are fastest; dense layers meet them in
`Flatten` and `Unflatten`, which hand that layout on in both directions.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LANES = 16  # float32 numbers in a vector of AVX-512
MOVING = 50  # multiply-adds in the time that it takes to move one product to its sum, as measured

# of torch.nn.SELU (Klambauer et al. 2017)
ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d` (square maps and kernel, zero padding, no groups, no dilation)."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to maps (B, C', H', W')."""
        stride, padding, kernel = self.stride[0], int(self.padding[0]), self.kernel_size[0]
        if maps.device.type == "cpu" and _skips_pixels(kernel, stride):
            met = F.pad(maps, [padding] * 4)[:, :, ::stride, ::stride]
            return F.conv2d(_channels_last(met), self.weight, self.bias)
        if _as_torch(maps):
            return super().forward(maps)
        maps = _channels_last(maps)
        if stride == 1 and padding < kernel and _wastes_lanes(self.in_channels, self.out_channels):
            # with its kernel turned round, the same as a transposed convolution
            turned = self.weight.transpose(0, 1).flip(2, 3)
            return _transposed(maps, turned, self.bias, 1, kernel - 1 - padding, 0)
        if maps.requires_grad and _wastes_lanes(self.out_channels, self.in_channels):
            return _Convolution.apply(maps, self.weight, self.bias, stride, padding)
        return super().forward(maps)


class ConvTranspose2d(nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d` (square maps and kernel, no groups, no dilation)."""

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Maps (B, C, H, W) to maps (B, C', H', W')."""
        padding, skips = int(self.padding[0]), _skips_pixels(self.kernel_size[0], self.stride[0])
        if output_size is not None or (_as_torch(maps) and not (skips and maps.device.type == "cpu")):
            return super().forward(maps, output_size)
        return _transposed(
            _channels_last(maps), self.weight, self.bias, self.stride[0], padding, self.output_padding[0]
        )


class SELU(nn.SELU):
    """`torch.nn.SELU`, by exp(x) - 1 in the place of expm1(x): within 1e-7 of it, in a seventh of the time."""

    def forward(self, values: Tensor) -> Tensor:
        """Any shape, to the same."""
        if _as_torch(values):
            return super().forward(values)
        return _Selu.apply(values) if torch.is_grad_enabled() else _selu(values)


class Tanh(nn.Tanh):
    """`torch.nn.Tanh`, as 2 sigmoid(2x) - 1: within 1e-6 of it, in a third of the time."""

    def forward(self, values: Tensor) -> Tensor:
        """Any shape, to the same."""
        if _as_torch(values):
            return super().forward(values)
        return _Tanh.apply(values) if torch.is_grad_enabled() else _tanh(values)


class Flatten(nn.Flatten):
    """`torch.nn.Flatten`; the gradient arrives at maps channels last, as their own layer computes."""

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to vectors (B, C·H·W); vectors stay as they are."""
        if _as_torch(maps) or maps.dim() != 4 or not torch.is_grad_enabled():
            return super().forward(maps)
        return _Flatten.apply(maps)


class Unflatten(nn.Unflatten):
    """`torch.nn.Unflatten` to maps, channels last."""

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors (B, C·H·W) to maps (B, C, H, W)."""
        return super().forward(vectors).contiguous(memory_format=torch.channels_last)


def _as_torch(values: Tensor) -> bool:
    """Whether torch's own kernel is to be taken: on a GPU, and where autocast chooses the precision."""
    return values.device.type != "cpu" or torch.is_autocast_enabled("cpu")


def _channels_last(maps: Tensor) -> Tensor:
    """The same maps (B, C, H, W) in that layout, and marked so where there is one channel and torch cannot tell."""
    if maps.shape[1] > 1:
        return maps.contiguous(memory_format=torch.channels_last)
    return maps.squeeze(1).contiguous().unsqueeze(3).movedim(3, 1)


def _wastes_lanes(incoming: int, outgoing: int) -> bool:
    """Whether the lanes that a convolution from and to so many channels leaves idle cost more than moving products."""
    return incoming * (LANES / outgoing - 1) > MOVING


def _skips_pixels(kernel: int, stride: int) -> bool:
    """Whether a convolution looks at some pixels only, one at a time."""
    return kernel == 1 < stride


def _transposed(
    maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int
) -> Tensor:
    if torch.is_grad_enabled() and not _skips_pixels(weight.shape[2], stride):
        return _TransposedConvolution.apply(maps, weight, bias, stride, padding, output_padding)
    return _transposed_maps(maps, weight, bias, stride, padding, output_padding)


def _transposed_maps(
    maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int
) -> Tensor:
    """A transposed convolution: maps (B, C, H, W), weight (C, C', k, k), bias (C',)."""
    if _wastes_lanes(*weight.shape[:2]) or _skips_pixels(weight.shape[2], stride):
        made = _summed_products(maps, weight, stride, padding, output_padding)
    else:
        made = F.conv_transpose2d(maps, weight, None, stride, padding, output_padding)
    # apart: torch adds a transposed convolution's bias at a third of the speed
    return made if bias is None else made.add_(bias[:, None, None])


def _summed_products(maps: Tensor, weight: Tensor, stride: int, padding: int, output_padding: int) -> Tensor:
    """The same: every product of a pixel with a tap of the kernel, then their sums where they fall on one pixel."""
    batch, incoming, height, width = maps.shape
    _, outgoing, kernel, _ = weight.shape
    rows, columns = ((side - 1) * stride + kernel + output_padding - 2 * padding for side in (height, width))
    taps = weight.permute(2, 3, 1, 0).reshape(-1, incoming)
    # channels last, the transposed maps are a matrix as they lie in memory
    products = taps @ maps.transpose(0, 1).flatten(1)
    products = products.view(kernel, kernel, outgoing, batch, height, width)
    # a pixel's row is stride · quotient + remainder, and so is its column; quotients that occur:
    reach = (kernel - 1) // stride
    high, wide = (max(a + reach, -(-(padding + b) // stride)) for a, b in ((height, rows), (width, columns)))
    along = maps.new_zeros(kernel, outgoing, batch, height, wide, stride)
    for tap in range(kernel):
        skipped = tap // stride
        along[..., skipped : skipped + width, tap % stride] += products[:, tap]
    made = maps.new_zeros(outgoing, batch, high, stride, wide * stride)
    for tap in range(kernel):
        skipped = tap // stride
        made[:, :, skipped : skipped + height, tap % stride] += along[tap].flatten(-2)
    made = made.flatten(2, 3)[:, :, padding : padding + rows, padding : padding + columns]
    return made.transpose(0, 1).contiguous(memory_format=torch.channels_last)


def _weight_gradient(maps: Tensor, weight: Tensor, gradient: Tensor, stride: int, padding: int) -> Tensor:
    """Of an ordinary convolution of maps (B, C, H, W) with weight (C', C, k, k), its output's gradient given."""
    where = ([stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1)
    _, found, _ = torch.ops.aten.convolution_backward(gradient, maps, weight, None, *where, [False, True, False])
    assert isinstance(found, Tensor)
    return found


def _sum_over_maps(gradient: Tensor) -> Tensor:
    """What a bias (C,) gets of a gradient (B, C, H, W)."""
    return gradient.sum((0, 2, 3))


class _Convolution(torch.autograd.Function):
    """An ordinary convolution; its input's gradient is a transposed one, to few channels."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.stride, ctx.padding = stride, padding
        return F.conv2d(maps, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _channels_last(gradients[0])
        maps, weight = ctx.saved_tensors
        stride, padding, kernel = ctx.stride, ctx.padding, weight.shape[2]
        # pixels at the far edge that the stride did not reach
        rest = (maps.shape[2] + 2 * padding - kernel) % stride
        of_maps = _transposed_maps(gradient, weight, None, stride, padding, rest)
        of_weight = _weight_gradient(maps, weight, gradient, stride, padding)
        return of_maps, of_weight, _sum_over_maps(gradient) if ctx.needs_input_grad[2] else None, None, None


class _TransposedConvolution(torch.autograd.Function):
    """A transposed convolution; its gradients are those of an ordinary one with the roles exchanged."""

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: int
    ) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.stride, ctx.padding = stride, padding
        return _transposed_maps(maps, weight, bias, stride, padding, output_padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _channels_last(gradients[0])
        maps, weight = ctx.saved_tensors
        of_maps = F.conv2d(gradient, weight, None, ctx.stride, ctx.padding) if ctx.needs_input_grad[0] else None
        of_weight = _weight_gradient(gradient, weight, maps, ctx.stride, ctx.padding)
        return of_maps, of_weight, _sum_over_maps(gradient) if ctx.needs_input_grad[2] else None, None, None, None


def _selu(values: Tensor) -> Tensor:
    below = values.clamp(max=0).exp_().sub_(1).mul_(SCALE * ALPHA)
    return below.add_(values.clamp(min=0), alpha=SCALE)


class _Selu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        result = _selu(values)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (result,) = ctx.saved_tensors
        return torch.ops.aten.elu_backward(gradients[0], ALPHA, SCALE, 1.0, True, result)


def _tanh(values: Tensor) -> Tensor:
    return values.mul(2).sigmoid_().mul_(2).sub_(1)


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        result = _tanh(values)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (result,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(gradients[0], result)


class _Flatten(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        ctx.shape = maps.shape[1:]
        return maps.flatten(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0].unflatten(1, ctx.shape).contiguous(memory_format=torch.channels_last)
