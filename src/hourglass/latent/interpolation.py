"""Codes between codes: straight lines from image to image, class means and their mixtures."""

import torch
from torch import Tensor

Pair = tuple[int, int]


def pairs(labels: Tensor, same: int, different: int, generator: torch.Generator) -> list[Pair]:
    """Indices of `same` pairs of images of one class, then `different` pairs of two classes; labels uint8 (N,).

    Which classes is drawn, none twice among the pairs of one kind while there are enough; the images are the first of
    their class. Fewer pairs where there are fewer classes.
    """
    counts = labels.bincount()
    twice = _shuffled((counts >= 2).nonzero().flatten(), generator)[:same]
    classes = _shuffled(counts.nonzero().flatten(), generator)[: 2 * different]
    first = {int(label): (labels == label).nonzero().flatten().tolist() for label in counts.nonzero().flatten()}
    within = [(first[int(label)][0], first[int(label)][1]) for label in twice]
    across = [(first[int(a)][0], first[int(b)][0]) for a, b in zip(classes[::2], classes[1::2], strict=False)]
    return within + across


def _shuffled(values: Tensor, generator: torch.Generator) -> Tensor:
    return values[torch.randperm(len(values), generator=generator)]


def lines(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Straight lines between codes, start and end (P, K): (P, steps, K), evenly spaced, both ends included."""
    weights = torch.linspace(0, 1, steps)[None, :, None]
    return torch.lerp(start[:, None], end[:, None], weights)  # exact at both ends


def class_means(codes: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Mean code of every class, (classes, K), of codes (N, K) and labels (N,); every class has to be there."""
    return torch.stack([codes[labels == label].double().mean(dim=0) for label in range(classes)]).float()


def mixtures(means: Tensor) -> Tensor:
    """The code halfway between each two of C mean codes (C, K): (C, C, K), on the diagonal the means themselves."""
    return (means[:, None] + means[None]) / 2
