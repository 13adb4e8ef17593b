"""How much images are like real ones."""

from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.data import as_input
from hourglass.judge import Judge

BATCH = 250


@dataclass(frozen=True)
class Moments:
    """Mean (D,) and covariance (D, D) of features, float64."""

    mean: Tensor
    covariance: Tensor


class Realism:
    """How far sets of images are from real ones: the Fréchet distance between the judge's features of both.

    Heusel et al. 2017, with the judge's last hidden layer (128 numbers) in the place of Inception's; 0 between equal
    distributions. The numbers compare only with those of the same judge and the same real images.
    """

    def __init__(self, judge: Judge, real: Tensor) -> None:
        """real: uint8 (N, 28, 28), two or more."""
        self._judge = judge
        self._real = self._moments(real)

    def distance(self, images: Tensor) -> float:
        """The distance from the real ones of images: uint8 (N, 28, 28) or float (N, 1, 28, 28), taken into [0, 1]."""
        return frechet(self._real, self._moments(images))

    @torch.inference_mode()
    def _moments(self, images: Tensor) -> Moments:
        parts = (part if part.is_floating_point() else as_input(part) for part in images.split(BATCH))
        features = torch.cat([self._judge.features(part.clamp(0, 1)) for part in parts]).double()
        return Moments(features.mean(dim=0), features.T.cov())


def frechet(a: Moments, b: Moments) -> float:
    """Fréchet distance between two normal distributions: |m₁ - m₂|² + Tr(C₁ + C₂ - 2 √(C₁C₂)) (Dowson & Landau 1982).

    As torchmetrics has it, whose import takes longer than all distances of a stage.
    """
    root = torch.linalg.eigvals(a.covariance @ b.covariance).sqrt().real.sum()
    distance = (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * root
    # rounding can leave equal distributions a little below 0
    return max(0.0, distance.item())
