"""Interpolation between codes, mean codes of the classes, and midpoints of pairs of mean codes."""

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

    Pairs are drawn within and between classes. Pairs of unlabelled images are the first images of the test set. The
    keys of the result are fields of `LatentImages`.
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
    """Return metrics of interpolations: how often a decoded image is classified as the class of one of its two ends.

    `lines_within` uses up to 500 pairs of test images of the same class, `lines_between` up to 500 pairs of different
    classes. The ends are not counted. A metric is left out if there are no such pairs.
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
    """Select pairs of image indices: `within` pairs that share a class, then `across` pairs of different classes.

    Classes are drawn at random without replacement, separately for both kinds of pairs. A pair consists of the
    first two images of one class or the first image of each of two classes. Fewer pairs are returned if there are not
    enough classes.
    """
    members = {int(label): (labels == label).nonzero().flatten().tolist() for label in labels.unique()}

    def shuffled(classes: list[int]) -> list[int]:
        return [classes[place] for place in torch.randperm(len(classes), generator=generator)]

    repeated = shuffled([label for label in members if len(members[label]) >= 2])[:within]
    classes = shuffled(list(members))[: 2 * across]
    same = [(members[label][0], members[label][1]) for label in repeated]
    return same + [(members[a][0], members[b][0]) for a, b in zip(classes[::2], classes[1::2], strict=False)]


def lines(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Interpolate linearly between P pairs of codes (P, K). The result (P, steps, K) includes both end points."""
    weights = torch.linspace(0, 1, steps)[None, :, None]
    return torch.lerp(start[:, None], end[:, None], weights)  # exact at both ends


def class_means(codes: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Return the mean code of each class, (classes, K), for codes (N, K) with labels (N,). Every class must occur."""
    return torch.stack([codes[labels == label].double().mean(dim=0) for label in range(classes)]).float()


def mixtures(means: Tensor) -> Tensor:
    """Return the midpoints (C, C, K) of all pairs of C class means (C, K). The diagonal holds the class means."""
    return (means[:, None] + means[None]) / 2
