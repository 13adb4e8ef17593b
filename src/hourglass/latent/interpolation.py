"""Interpolation between codes, class means of codes, and midpoints of pairs of class means."""

import torch
from torch import Tensor

from hourglass.latent.context import Context, grid_to_uint8
from hourglass.metrics.generation import lines_between, lines_within
from hourglass.randomness import generator

STEPS = 9  # images per interpolation, ends included
WITHIN, ACROSS = 3, 4  # interpolations within one class, and between two, that are shown
LINES = 500  # interpolations of each kind that are counted
CANDIDATES = 200_000  # random pairs from which they are chosen


def interpolate(context: Context) -> dict[str, Tensor]:
    """Decode and classify interpolations between the codes of pairs of test images.

    Labelled images are paired within and between randomly drawn classes. Unlabelled images are paired in test set
    order. The results are keyed by field of `LatentImages`.
    """
    test = context.test
    if test.labelled:
        pairs = select_pairs(test.labels, WITHIN, ACROSS, generator(context.seed, "interpolation"))
    else:
        pairs = [(first, first + 1) for first in range(0, min(2 * (WITHIN + ACROSS), len(test.images) - 1), 2)]
    ends = torch.tensor(pairs)
    start, end = context.codes[ends].unbind(dim=1)
    images = context.decode(lines(start, end, STEPS))
    predictions = context.classifier.predict(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    return {"ends": ends, "interpolations": grid_to_uint8(images), "interpolation_predictions": predictions}


def line_agreement(context: Context) -> dict[str, float]:
    """Measure how often images decoded between two codes are classified as the class of one of these codes.

    `lines_within` is the share for up to 500 pairs of codes with the same class, and `lines_between` for up to 500
    pairs with different classes. The ends are excluded. A metric is omitted if it has no pairs.
    """
    labels = context.test.labels
    pairs = torch.randint(len(labels), (CANDIDATES, 2), generator=generator(context.seed, "lines"))
    same = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    within = pairs[same & (pairs[:, 0] != pairs[:, 1])]
    scores = {}
    for metric, chosen in ((lines_within, within[:LINES]), (lines_between, pairs[~same][:LINES])):
        if not len(chosen):
            continue
        start, end = context.codes[chosen].unbind(dim=1)
        images = context.decode(lines(start, end, STEPS)[:, 1:-1])
        predictions = context.classifier.predict(images.flatten(0, 1)).unflatten(0, images.shape[:2])
        scores[metric.__name__] = metric(predictions, labels[chosen])
    return scores


def select_pairs(labels: Tensor, within: int, across: int, generator: torch.Generator) -> list[tuple[int, int]]:
    """Return index pairs of images: up to `within` pairs of the same class, then up to `across` of different classes.

    Classes are drawn at random without replacement, separately for the two kinds of pairs. A pair consists of the first
    two images of one class, or of the first images of two classes.
    """
    members = {int(label): (labels == label).nonzero().flatten().tolist() for label in labels.unique()}

    def shuffled(classes: list[int]) -> list[int]:
        return [classes[place] for place in torch.randperm(len(classes), generator=generator)]

    repeated = shuffled([label for label in members if len(members[label]) >= 2])[:within]
    classes = shuffled(list(members))[: 2 * across]
    same = [(members[label][0], members[label][1]) for label in repeated]
    return same + [(members[a][0], members[b][0]) for a, b in zip(classes[::2], classes[1::2], strict=False)]


def lines(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Interpolate linearly between pairs of codes (P, K), and return codes (P, steps, K) that include both ends."""
    weights = torch.linspace(0, 1, steps)[None, :, None]
    return torch.lerp(start[:, None], end[:, None], weights)  # exact at both ends


def class_means(codes: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Return the class means (classes, K) of codes (N, K) with labels (N,). Every class must have at least one code."""
    return torch.stack([codes[labels == label].double().mean(dim=0) for label in range(classes)]).float()


def mixtures(means: Tensor) -> Tensor:
    """Return the midpoints (M, M, K) of all pairs of class means (M, K). The diagonal holds the class means."""
    return (means[:, None] + means[None]) / 2
