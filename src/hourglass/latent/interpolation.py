"""Codes between codes: interpolations, class means and their mixtures."""

import torch
from torch import Tensor

from hourglass.latent.context import Context, grid_to_uint8
from hourglass.randomness import generator

STEPS = 9  # images per interpolation, ends included
WITHIN, ACROSS = 3, 4  # interpolations within one class, and between two


def interpolate(context: Context) -> dict[str, Tensor]:
    """Decode interpolations between pairs of test images. Return the fields of `LatentImages`."""
    pairs = select_pairs(context.test.labels, WITHIN, ACROSS, generator(context.seed, "interpolation"))
    ends = torch.tensor(pairs)
    start, end = context.codes[ends].unbind(dim=1)
    images = context.decode(lines(start, end, STEPS))
    predictions = context.classifier.predict(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    return {"ends": ends, "interpolations": grid_to_uint8(images), "interpolation_predictions": predictions}


def select_pairs(labels: Tensor, within: int, across: int, generator: torch.Generator) -> list[tuple[int, int]]:
    """Select pairs of images, the first of their classes; no class occurs twice while there are enough.

    Args:
        labels: classes, uint8 (N,).
        within: number of pairs of one class.
        across: number of pairs of two classes.
        generator: selects the classes.

    Returns:
        Indices of both images of each pair, pairs of one class first; fewer pairs if there are fewer classes.
    """
    counts = labels.bincount()
    repeated = _shuffle((counts >= 2).nonzero().flatten(), generator)[:within]
    classes = _shuffle(counts.nonzero().flatten(), generator)[: 2 * across]
    members = {int(label): (labels == label).nonzero().flatten().tolist() for label in counts.nonzero().flatten()}
    same = [(members[int(label)][0], members[int(label)][1]) for label in repeated]
    different = [(members[int(a)][0], members[int(b)][0]) for a, b in zip(classes[::2], classes[1::2], strict=False)]
    return same + different


def _shuffle(values: Tensor, generator: torch.Generator) -> Tensor:
    return values[torch.randperm(len(values), generator=generator)]


def lines(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Return codes (P, steps, K) evenly spaced on straight lines between codes (P, K), both ends included."""
    weights = torch.linspace(0, 1, steps)[None, :, None]
    return torch.lerp(start[:, None], end[:, None], weights)  # exact at both ends


def class_means(codes: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Return the mean code of every class, (classes, K), for codes (N, K) and labels (N,) with all classes present."""
    return torch.stack([codes[labels == label].double().mean(dim=0) for label in range(classes)]).float()


def mixtures(means: Tensor) -> Tensor:
    """Return the mean (C, C, K) of each pair of C class means (C, K), with the class means on the diagonal."""
    return (means[:, None] + means[None]) / 2
