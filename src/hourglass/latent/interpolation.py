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
    """Return the indices of `within` pairs of images of one class, then of `across` pairs of two classes.

    Images are the first of their classes, which are random; no class occurs twice in either group. There are fewer
    pairs if there are fewer classes.
    """
    members = {int(label): (labels == label).nonzero().flatten().tolist() for label in labels.unique()}

    def shuffled(classes: list[int]) -> list[int]:
        return [classes[place] for place in torch.randperm(len(classes), generator=generator)]

    repeated = shuffled([label for label in members if len(members[label]) >= 2])[:within]
    classes = shuffled(list(members))[: 2 * across]
    same = [(members[label][0], members[label][1]) for label in repeated]
    return same + [(members[a][0], members[b][0]) for a, b in zip(classes[::2], classes[1::2], strict=False)]


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
