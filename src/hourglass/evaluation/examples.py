"""The test images by which a variant is shown, and what it makes of them."""

import torch
from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.measure import Measured
from hourglass.evaluation.scores import confusion
from hourglass.images import Images, to_float, to_uint8
from hourglass.models import Model, reconstruct
from hourglass.records import EvaluationImages

EXTREMES = 10  # images that it does best with, and as many that it does worst with
OF_EACH_CLASS = 10  # images that go through it under every corruption


def evaluation_images(model: Model, found: Measured, verdicts: Tensor, data: EvaluationData) -> EvaluationImages:
    """What the record describes. verdicts: on the kept reconstructions after every epoch, uint8 (E, K)."""
    best, worst = extremes(found.errors)
    chosen = samples(data.test)
    images, sample_errors = under_every_corruption(model, chosen, data)
    return EvaluationImages(
        errors=found.errors,
        best=best,
        worst=worst,
        best_images=to_uint8(found.reconstructions[best]),
        worst_images=to_uint8(found.reconstructions[worst]),
        samples=chosen,
        reconstructions=images,
        sample_errors=sample_errors,
        verdicts=verdicts,
        per_image=found.per_image,
        confusion=confusion(data.classifier.classes(found.own_reconstructions), data.test),
    )


def extremes(errors: Tensor) -> tuple[Tensor, Tensor]:
    """Indices of the ten smallest errors (N,), the smallest first, and of the ten largest, the largest first."""
    order = errors.argsort(stable=True)
    return order[:EXTREMES], order[-EXTREMES:].flip(0)


def samples(test: Images) -> Tensor:
    """Indices of the first test images of every class, class by class, as many of each."""
    count = min(OF_EACH_CLASS, int(test.labels.bincount(minlength=len(test.classes)).min()))
    return torch.cat([(test.labels == label).nonzero().flatten()[:count] for label in range(len(test.classes))])


def under_every_corruption(model: Model, chosen: Tensor, data: EvaluationData) -> tuple[Tensor, Tensor]:
    """What the model makes of chosen test images (S,) under each corruption, in the order of TESTED.

    Returns the images, uint8 (L, S, 28, 28), and their mean squared errors against the clean ones, float32 (L, S).
    """
    given = torch.stack([data.inputs[name].images[chosen] for name in TESTED])
    images = reconstruct(model, given.flatten(0, 1))
    differences = images.unflatten(0, given.shape[:2]) - to_float(data.test.images[chosen])
    return to_uint8(images).unflatten(0, given.shape[:2]), differences.square().mean(dim=(2, 3, 4))
