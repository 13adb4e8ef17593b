"""Grids of codes: traversals of single latent dimensions, and planes in latent space.

Traversals and principal planes are built in unconstrained coordinates, which the model always maps to valid codes.
"""

from typing import Any

import torch
from torch import Tensor

from hourglass.images import without_grey_axis
from hourglass.latent.context import Context
from hourglass.models import Model, active_units

STEPS = 9  # images along a traversal
MAX_DIMS = 16  # traversed dimensions
PLANE_STEPS = 20  # images along each side of the whole latent plane
EXPLORER_STEPS = 15  # images along each side of the planes that the page explores
PLANE_EXTENT_SD = 2  # standard deviations from the centre to the edge of the principal plane
PERCENTILES = (0.01, 0.99)  # limits of a traversal: outside, codes are rare and the decoder has learned little


def traverse(context: Context) -> dict[str, Any]:
    """Decode traversals of the latent dimensions, and return the results keyed by field of `LatentImages`."""
    dims, codes = traversal(context.model, context.codes, STEPS, MAX_DIMS)
    ends = codes[range(len(dims)), :, dims]
    return {
        "traversal": context.decode_uint8(codes),
        "traversal_dims": torch.tensor(dims),
        "traversal_low": ends[:, 0],
        "traversal_high": ends[:, -1],
        "traversal_active": torch.tensor([active_units(context.model, context.codes[:, [dim]]) == 1 for dim in dims]),
    }


def planes(context: Context) -> dict[str, Tensor]:
    """Decode two grids of codes to uint8 images (S, S, C, H, W), keyed by grid.

    The grid `principal` lies in the plane of the first two principal directions of the codes. The grid `images`
    interpolates bilinearly between the codes of four test images.
    """
    first = context.test.first_of_each_class()
    images = first[list(corners(len(first)))]
    return {
        "principal": context.decode_uint8(principal_plane(context.model, context.codes, EXPLORER_STEPS)),
        "images": context.decode_uint8(bilinear_patch(context.codes[images], EXPLORER_STEPS)),
    }


def corners(classes: int) -> tuple[int, int, int, int]:
    """Return the four classes, in row-major order, whose first test images are encoded as the corners of a grid.

    These are classes 0, 1, 7 and 8 if there are at least nine classes, and otherwise the first two and the last two.
    With fewer than four classes, some are repeated.
    """
    if classes > 8:
        return 0, 1, 7, 8
    return 0, min(1, classes - 1), max(0, classes - 2), classes - 1


def latent_plane(context: Context) -> dict[str, Tensor]:
    """Decode a grid over a two-dimensional latent space, and return its `images` and its limits, `low` and `high`.

    The images are uint8 (S, S, C, H, W), or (S, S, H, W) for greyscale. The limits are codes (2,). The result is empty
    if the latent space is not two-dimensional or if the codes are softmax codes.
    """
    if context.codes.shape[1] != 2 or context.model.spec.free_dims != 2:
        return {}
    grid, low, high = plane(context.model, context.codes, PLANE_STEPS)
    return {"images": without_grey_axis(context.decode_uint8(grid)), "low": low, "high": high}


def traversal(model: Model, codes: Tensor, steps: int, max_dims: int) -> tuple[list[int], Tensor]:
    """Vary each latent dimension from its 1st to its 99th percentile, with all other dimensions at their mean.

    In a softmax code, one component grows at the expense of the others, which keep their ratios. If codes (N, K) have
    more than `max_dims` dimensions, only the dimensions with the largest standard deviations are traversed.

    Returns:
        The R traversed dimensions in ascending order, and codes (R, steps, K).
    """
    deviation = codes.double().std(dim=0, correction=0)
    dims = sorted(deviation.argsort(descending=True, stable=True)[:max_dims].tolist())
    coordinates = model.coordinates(codes)
    low, high = torch.quantile(coordinates, torch.tensor(PERCENTILES), dim=0)
    grid = coordinates.double().mean(dim=0).float().repeat(len(dims), steps, 1)
    for row, dim in enumerate(dims):
        grid[row, :, dim] = torch.lerp(low[dim], high[dim], torch.linspace(0, 1, steps))
    return dims, _grid_codes(model, grid)


def plane(model: Model, codes: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Build a grid that spans the 1st to the 99th percentile of each dimension of codes (N, 2).

    Rows are ordered as in a plot, with the largest second coordinate in row 0. Grid codes are the centres of their
    cells. The range of a nearly constant dimension is widened by 1/2 on both sides, within the limits of valid codes.

    Returns:
        The grid of codes (steps, steps, 2), its lower limits (2,) and its upper limits (2,).
    """
    low, high = torch.quantile(codes, torch.tensor(PERCENTILES), dim=0)
    flat = high - low < 1e-6
    low, high = torch.where(flat, low - 0.5, low), torch.where(flat, high + 0.5, high)
    low, high = model.from_coordinates(torch.stack([low, high]))
    centres = (torch.arange(steps) + 0.5) / steps
    x, y = (torch.lerp(low[axis], high[axis], centres) for axis in (0, 1))
    grid = torch.cartesian_prod(y.flip(0), x).flip(1)
    return grid.unflatten(0, (steps, steps)), low, high


def principal_plane(model: Model, codes: Tensor, steps: int) -> Tensor:
    """Build a grid of codes (steps, steps, K) in the plane of the first two principal directions of codes (N, K).

    The centre is the mean, and the edges are `PLANE_EXTENT_SD` standard deviations away from it. Row 0 is the top edge.
    In each direction, the component of largest magnitude is positive. For K = 1, the second direction is zero.
    """
    values = model.coordinates(codes).double()
    mean = values.mean(dim=0)
    variances, directions = torch.linalg.eigh((values - mean).T @ (values - mean) / len(values))
    order = variances.argsort(descending=True)[:2]
    axes = directions[:, order].T * variances[order].clamp(min=0).sqrt()[:, None]
    axes = axes * axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    axes = torch.cat([axes, axes.new_zeros(2 - len(axes), codes.shape[1])])
    along = torch.linspace(-PLANE_EXTENT_SD, PLANE_EXTENT_SD, steps, dtype=torch.float64)
    right, up = along[None, :, None], along.flip(0)[:, None, None]
    return _grid_codes(model, (mean + right * axes[0] + up * axes[1]).float())


def bilinear_patch(corners: Tensor, steps: int) -> Tensor:
    """Interpolate bilinearly between corner codes (4, K) in row-major order, and return codes (steps, steps, K)."""
    weights = torch.linspace(0, 1, steps)
    top, bottom = (torch.lerp(corners[left], corners[left + 1], weights[:, None]) for left in (0, 2))
    return torch.lerp(top, bottom, weights[:, None, None])


def _grid_codes(model: Model, coordinates: Tensor) -> Tensor:
    return model.from_coordinates(coordinates.flatten(0, 1)).unflatten(0, coordinates.shape[:2])
