"""What single code numbers do: one swept while the others rest, or both of a code of two.

Steps are taken in a model's coordinates, where nothing ties the numbers to each other, so that each ends at a code.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.constants import REACH
from hourglass.models import Model, active_units

EDGES = (0.01, 0.99)  # a sweep leaves out the outermost hundredth on either side: rare codes, where little was learned


@dataclass(frozen=True)
class Sweep:
    """Code units swept one by one, a row each.

    units: which unit each of the R rows sweeps. low, high: between what values of it, (R,). live: whether the unit
    changes from image to image at all. codes: (R, steps, K).
    """

    units: list[int]
    low: Tensor
    high: Tensor
    live: list[bool]
    codes: Tensor


def limits(codes: Tensor) -> tuple[Tensor, Tensor]:
    """The 1st and the 99th percentile of every number of codes (N, K): two of shape (K,)."""
    low, high = torch.quantile(codes, torch.tensor(EDGES), dim=0)
    return low, high


def traversal(model: Model, codes: Tensor, steps: int, rows: int) -> Sweep:
    """Sweep every unit's coordinate through its limits among those of codes (N, K), all others at their mean.

    Where the code has more than `rows` units, those of the largest standard deviation, in the order of the code. Of a
    softmax code one share grows at the cost of the others, which keep their ratios to each other.
    """
    deviation = codes.double().std(dim=0, correction=0)
    units = sorted(deviation.argsort(descending=True, stable=True)[:rows].tolist())
    coordinates = model.coordinates(codes)
    low, high = limits(coordinates)
    places = coordinates.double().mean(dim=0).float().repeat(len(units), steps, 1)
    for row, unit in enumerate(units):
        places[row, :, unit] = torch.lerp(low[unit], high[unit], torch.linspace(0, 1, steps))
    swept = _at(model, places)
    ends = swept[range(len(units)), :, units]
    live = [active_units(model, codes[:, [unit]]) == 1 for unit in units]
    return Sweep(units, ends[:, 0], ends[:, -1], live, swept)


def _at(model: Model, coordinates: Tensor) -> Tensor:
    """The codes (R, C, K) at rows of coordinates (R, C, K)."""
    return model.from_coordinates(coordinates.flatten(0, 1)).unflatten(0, coordinates.shape[:2])


def plane(model: Model, codes: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """A lattice over the limits of codes (N, 2), both numbers free: codes (steps, steps, 2), low (2,), high (2,).

    Row 0 has the largest second number, column 0 the smallest first: the lattice lies as on a drawing. Each code is
    the middle of its cell. A number that hardly changes is given a cell row of ± 1/2 to lie in, or of what there is
    of that within the set of codes.
    """
    low, high = limits(codes)
    flat = high - low < 1e-6
    low, high = torch.where(flat, low - 0.5, low), torch.where(flat, high + 0.5, high)
    low, high = model.from_coordinates(torch.stack([low, high]))
    middles = (torch.arange(steps) + 0.5) / steps
    x, y = (torch.lerp(low[axis], high[axis], middles) for axis in (0, 1))
    grid = torch.cartesian_prod(y.flip(0), x).flip(1)
    return grid.unflatten(0, (steps, steps)), low, high


def principal_plane(model: Model, codes: Tensor, steps: int) -> Tensor:
    """A lattice (steps, steps, K) in the plane of the two directions in which coordinates of codes (N, K) vary most.

    Row 0 lies two standard deviations up the second direction, column 0 two down the first; the mean of the
    coordinates is in the middle. A direction points to where its largest number grows; one that the codes lack is no
    step at all.
    """
    values = model.coordinates(codes).double()
    mean = values.mean(dim=0)
    variances, directions = torch.linalg.eigh((values - mean).T @ (values - mean) / len(values))
    order = variances.argsort(descending=True)[:2]
    axes = directions[:, order].T * variances[order].clamp(min=0).sqrt()[:, None]
    axes = axes * axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    axes = torch.cat([axes, axes.new_zeros(2 - len(axes), codes.shape[1])])
    along = torch.linspace(-REACH, REACH, steps, dtype=torch.float64)
    right, up = along[None, :, None], along.flip(0)[:, None, None]
    return _at(model, (mean + right * axes[0] + up * axes[1]).float())


def patch(corners: Tensor, steps: int) -> Tensor:
    """Codes (steps, steps, K) between four: corners (4, K) at top left, top right, bottom left and bottom right."""
    weights = torch.linspace(0, 1, steps)
    top, bottom = (torch.lerp(corners[left], corners[left + 1], weights[:, None]) for left in (0, 2))
    return torch.lerp(top, bottom, weights[:, None, None])
