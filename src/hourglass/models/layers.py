"""Faster CPU versions of torch's layers with the same parameters and, up to rounding, the same results.

On a GPU, and under autocast, the layers call torch's own kernels. On a CPU, they avoid three slow kernels:

- torch's convolutions with few output channels leave most lanes of the vector registers unused. A single channel uses
  one of 16 lanes. Here, a matrix product over channels uses all lanes, and overlapping products are summed afterwards.
- torch's backward pass of a transposed convolution first reorders weights and maps. Here, the gradients are computed
  with an ordinary convolution and its weight gradient.
- torch vectorises neither tanh nor the expm1 in SELU. Here, they are computed from the vectorised sigmoid and exp.

Feature maps are kept in channels-last format, which is the fastest in oneDNN for convolutions with few channels.
`Flatten` and `Unflatten` keep this format between convolutions and dense layers, in the forward and backward passes.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LANES = 16  # float32 values in an AVX-512 register
MULTIPLY_ADDS_PER_MOVE = 50  # multiply-adds in the time of adding one product to its sum, measured

# constants of SELU (Klambauer et al. 2017)
ALPHA = 1.6732632423543772
SCALE = 1.0507009873554805


class Conv2d(nn.Conv2d):
    """Faster version of `torch.nn.Conv2d` for square kernels and padding mode `zeros`, without groups or dilation."""

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve feature maps (B, C, H, W), and return feature maps (B, C', H', W')."""
        if _uses_torch(maps):
            return super().forward(maps)
        stride, padding, kernel = self.stride[0], int(self.padding[0]), self.kernel_size[0]
        maps = _channels_last(maps)
        if stride == 1 and padding < kernel and _wastes_lanes(self.in_channels, self.out_channels):
            # equals a transposed convolution with the flipped kernel
            flipped = self.weight.transpose(0, 1).flip(2, 3)
            return _conv_transpose(maps, flipped, self.bias, 1, kernel - 1 - padding, (0, 0))
        if maps.requires_grad and _wastes_lanes(self.out_channels, self.in_channels):
            return _Convolution.apply(maps, self.weight, self.bias, stride, padding)
        return super().forward(maps)


class ConvTranspose2d(nn.ConvTranspose2d):
    """Faster version of `torch.nn.ConvTranspose2d` for square kernels, without groups or dilation."""

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Apply the transposed convolution to feature maps (B, C, H, W), and return feature maps (B, C', H', W')."""
        if output_size is not None or _uses_torch(maps):
            return super().forward(maps, output_size)
        rows, columns = self.output_padding
        geometry = self.stride[0], int(self.padding[0]), (rows, columns)
        return _conv_transpose(_channels_last(maps), self.weight, self.bias, *geometry)


class SELU(nn.SELU):
    """`torch.nn.SELU` computed with exp(x) - 1 instead of expm1, accurate to 1e-7 and seven times as fast on a CPU."""

    def forward(self, values: Tensor) -> Tensor:
        """Apply SELU elementwise to a tensor of any shape."""
        if _uses_torch(values):
            return super().forward(values)
        return _Selu.apply(values) if torch.is_grad_enabled() else _Selu.forward(values)


class Tanh(nn.Tanh):
    """`torch.nn.Tanh` computed as 2 sigmoid(2x) - 1, accurate to 1e-6 and three times as fast on a CPU."""

    def forward(self, values: Tensor) -> Tensor:
        """Apply tanh elementwise to a tensor of any shape."""
        if _uses_torch(values):
            return super().forward(values)
        return _Tanh.apply(values) if torch.is_grad_enabled() else _Tanh.forward(values)


class Residual(nn.Sequential):
    """Sequence of modules with a skip connection, which adds the input to the output."""

    def forward(self, maps: Tensor) -> Tensor:
        """Apply the modules to feature maps (B, C, H, W), and add their output to the maps."""
        return maps + super().forward(maps)


class Flatten(nn.Flatten):
    """`torch.nn.Flatten` whose input gradient is in channels-last memory format."""

    def forward(self, maps: Tensor) -> Tensor:
        """Flatten feature maps (B, C, H, W) to vectors (B, C·H·W). Vectors are returned unchanged."""
        if _uses_torch(maps) or maps.dim() != 4 or not torch.is_grad_enabled():
            return super().forward(maps)
        return _Flatten.apply(maps)


class Unflatten(nn.Unflatten):
    """`torch.nn.Unflatten` whose output is in channels-last memory format."""

    def forward(self, vectors: Tensor) -> Tensor:
        """Reshape vectors (B, C·H·W) to feature maps (B, C, H, W)."""
        return super().forward(vectors).contiguous(memory_format=torch.channels_last)


def _uses_torch(values: Tensor) -> bool:
    return values.device.type != "cpu" or torch.is_autocast_enabled("cpu")


def _channels_last(maps: Tensor) -> Tensor:
    """Convert feature maps (B, C, H, W) to channels-last memory format, with channels-last strides even for C = 1."""
    if maps.shape[1] > 1:
        return maps.contiguous(memory_format=torch.channels_last)
    return maps.squeeze(1).contiguous().unsqueeze(3).movedim(3, 1)


def _wastes_lanes(inputs: int, outputs: int) -> bool:
    """Estimate whether torch's convolution from `inputs` to `outputs` channels is slower than `_summed_products`."""
    return inputs * (LANES / outputs - 1) > MULTIPLY_ADDS_PER_MOVE


def _conv_transpose(
    maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: tuple[int, int]
) -> Tensor:
    """Apply a transposed convolution to maps (B, C, H, W). `output_padding` specifies the extra rows and columns."""
    apply = _TransposedConvolution.apply if torch.is_grad_enabled() else _TransposedConvolution.forward
    return apply(maps, weight, bias, stride, padding, output_padding)


def _summed_products(
    maps: Tensor, weight: Tensor, stride: int, padding: int, output_padding: tuple[int, int]
) -> Tensor:
    """Compute a transposed convolution by multiplying pixels by kernel weights and summing overlapping products."""
    batch, inputs, height, width = maps.shape
    _, outputs, kernel, _ = weight.shape
    rows, columns = (
        (side - 1) * stride + kernel + added - 2 * padding
        for side, added in zip((height, width), output_padding, strict=True)
    )
    taps = weight.permute(2, 3, 1, 0).reshape(-1, inputs)
    # channels last, the transposed maps are a matrix without copying
    products = taps @ maps.transpose(0, 1).flatten(1)
    products = products.view(kernel, kernel, outputs, batch, height, width)
    # an output row is stride · quotient + remainder, and so is a column; quotients that occur:
    reach = (kernel - 1) // stride
    high, wide = (max(a + reach, -(-(padding + b) // stride)) for a, b in ((height, rows), (width, columns)))
    columnwise = maps.new_zeros(kernel, outputs, batch, height, wide, stride)
    for tap in range(kernel):
        skipped = tap // stride
        columnwise[..., skipped : skipped + width, tap % stride] += products[:, tap]
    sums = maps.new_zeros(outputs, batch, high, stride, wide * stride)
    for tap in range(kernel):
        skipped = tap // stride
        sums[:, :, skipped : skipped + height, tap % stride] += columnwise[tap].flatten(-2)
    cropped = sums.flatten(2, 3)[:, :, padding : padding + rows, padding : padding + columns]
    return cropped.transpose(0, 1).contiguous(memory_format=torch.channels_last)


def _weight_gradient(maps: Tensor, weight: Tensor, gradient: Tensor, stride: int, padding: int) -> Tensor:
    """Compute the weight gradient (C', C, k, k) of a convolution from its input maps and its output gradient."""
    geometry = ([stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1)
    _, result, _ = torch.ops.aten.convolution_backward(gradient, maps, weight, None, *geometry, [False, True, False])
    assert isinstance(result, Tensor)
    return result


class _Convolution(torch.autograd.Function):
    """Convolution with few input channels, whose input gradient is computed as a transposed convolution."""

    @staticmethod
    def forward(maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> Tensor:
        return F.conv2d(maps, weight, bias, stride, padding)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        maps, weight, _, ctx.stride, ctx.padding = inputs
        ctx.save_for_backward(maps, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _channels_last(gradients[0])
        maps, weight = ctx.saved_tensors
        stride, padding = ctx.stride, ctx.padding
        # rows and columns at the far edge
        unreached = tuple((side + 2 * padding - weight.shape[2]) % stride for side in maps.shape[2:])
        maps_gradient = _TransposedConvolution.forward(gradient, weight, None, stride, padding, unreached)
        weight_gradient = _weight_gradient(maps, weight, gradient, stride, padding)
        bias_gradient = gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return maps_gradient, weight_gradient, bias_gradient, None, None


class _TransposedConvolution(torch.autograd.Function):
    """Transposed convolution of maps (B, C, H, W) with weight (C, C', k, k) and bias (C',).

    The input gradient is the convolution of the output gradient with the same weight. The weight gradient is
    computed as for an ordinary convolution, with the maps and the output gradient exchanged.
    """

    @staticmethod
    def forward(
        maps: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, output_padding: tuple[int, int]
    ) -> Tensor:
        if _wastes_lanes(*weight.shape[:2]):
            result = _summed_products(maps, weight, stride, padding, output_padding)
        else:
            result = F.conv_transpose2d(maps, weight, None, stride, padding, output_padding)
        # separately, because torch adds the bias of a transposed convolution at a third of the speed
        return result if bias is None else result.add_(bias[:, None, None])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        maps, weight, _, ctx.stride, ctx.padding, _ = inputs
        ctx.save_for_backward(maps, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _channels_last(gradients[0])
        maps, weight = ctx.saved_tensors
        maps_gradient = F.conv2d(gradient, weight, None, ctx.stride, ctx.padding) if ctx.needs_input_grad[0] else None
        weight_gradient = _weight_gradient(gradient, weight, maps, ctx.stride, ctx.padding)
        bias_gradient = gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return maps_gradient, weight_gradient, bias_gradient, None, None, None


class _SavesOutput(torch.autograd.Function):
    """Base class for elementwise functions whose gradient is computed from their output."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(output)


class _Selu(_SavesOutput):
    @staticmethod
    def forward(values: Tensor) -> Tensor:
        negative = values.clamp(max=0).exp_().sub_(1).mul_(SCALE * ALPHA)
        return negative.add_(values.clamp(min=0), alpha=SCALE)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return torch.ops.aten.elu_backward(gradients[0], ALPHA, SCALE, 1.0, True, *ctx.saved_tensors)


class _Tanh(_SavesOutput):
    @staticmethod
    def forward(values: Tensor) -> Tensor:
        return values.mul(2).sigmoid_().mul_(2).sub_(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return torch.ops.aten.tanh_backward(gradients[0], *ctx.saved_tensors)


class _Flatten(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:
        ctx.shape = maps.shape[1:]
        return maps.flatten(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0].unflatten(1, ctx.shape).contiguous(memory_format=torch.channels_last)
