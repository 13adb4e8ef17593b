"""What single code numbers do: one swept while the others rest, or both of a code of two."""

from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.constants import REACH
from hourglass.models import Model, live_units

EDGES = (0.01, 0.99)  # a sweep leaves out the outermost hundredth on either side: rare codes, where little was learned


@dataclass(frozen=True)
class Sweep:
    """Code units swept one by one, a row each.

    units: which unit each of the R rows sweeps. low, high: between what, (R,). live: whether the unit changes from
    image to image at all. codes: (R, steps, K).
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
    """Sweep every unit through its limits among codes (N, K), all others at their mean.

    Where the code has more than `rows` units, those of the largest standard deviation, in the order of the code.
    """
    deviation = codes.double().std(dim=0, correction=0)
    units = sorted(deviation.argsort(descending=True, stable=True)[:rows].tolist())
    low, high = (limit[units] for limit in limits(codes))
    swept = codes.double().mean(dim=0).float().repeat(len(units), steps, 1)
    for row, unit in enumerate(units):
        swept[row, :, unit] = torch.lerp(low[row], high[row], torch.linspace(0, 1, steps))
    live = [live_units(model, codes[:, [unit]]) == 1 for unit in units]
    return Sweep(units, low, high, live, swept)


def plane(codes: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """A lattice over the limits of codes (N, 2): codes (steps, steps, 2), low (2,), high (2,).

    Row 0 has the largest second number, column 0 the smallest first: the lattice lies as on a drawing. Each code is
    the middle of its cell. A number that hardly changes is given a cell row of ± 1/2 to lie in.
    """
    low, high = limits(codes)
    flat = high - low < 1e-6
    low, high = torch.where(flat, low - 0.5, low), torch.where(flat, high + 0.5, high)
    middles = (torch.arange(steps) + 0.5) / steps
    x, y = (torch.lerp(low[axis], high[axis], middles) for axis in (0, 1))
    grid = torch.cartesian_prod(y.flip(0), x).flip(1)
    return grid.unflatten(0, (steps, steps)), low, high


def principal_plane(codes: Tensor, steps: int) -> Tensor:
    """A lattice (steps, steps, K) in the plane of the two directions in which codes (N, K) vary most.

    Row 0 lies two standard deviations up the second direction, column 0 two down the first; the mean code is in the
    middle. A direction points to where its largest number grows; one that the codes lack is no step at all.
    """
    values = codes.double()
    mean = values.mean(dim=0)
    variances, directions = torch.linalg.eigh((values - mean).T @ (values - mean) / len(values))
    order = variances.argsort(descending=True)[:2]
    axes = directions[:, order].T * variances[order].clamp(min=0).sqrt()[:, None]
    axes = axes * axes.gather(1, axes.abs().argmax(dim=1, keepdim=True)).sign()
    axes = torch.cat([axes, axes.new_zeros(2 - len(axes), codes.shape[1])])
    along = torch.linspace(-REACH, REACH, steps, dtype=torch.float64)
    right, up = along[None, :, None], along.flip(0)[:, None, None]
    return (mean + right * axes[0] + up * axes[1]).float()


def patch(corners: Tensor, steps: int) -> Tensor:
    """Codes (steps, steps, K) between four: corners (4, K) at top left, top right, bottom left and bottom right."""
    weights = torch.linspace(0, 1, steps)
    top, bottom = (torch.lerp(corners[left], corners[left + 1], weights[:, None]) for left in (0, 2))
    return torch.lerp(top, bottom, weights[:, None, None])
