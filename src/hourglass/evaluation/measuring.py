"""All figures that follow from a trained model alone."""

from dataclasses import dataclass

from torch import Tensor

from hourglass import models, training
from hourglass.evaluation.codes import class_accuracy, metrics_by_number, participation_ratio
from hourglass.evaluation.cost import cost
from hourglass.evaluation.scores import class_errors, image_errors
from hourglass.evaluation.testbed import Testbed
from hourglass.models import Model
from hourglass.records import CodeScores, Cost, Scores


@dataclass(frozen=True)
class Measured:
    """A model's figures, by the names that they have in `Evaluation`, and what it makes of the clean test images.

    reconstructions: float32 (N, 1, 28, 28). errors: of these, float64 (N,).
    """

    clean: Scores
    restored: dict[str, Scores]
    class_mse: dict[str, float]
    code: CodeScores
    cost: Cost
    collapsed: bool
    reconstructions: Tensor
    errors: Tensor


def measure(model: Model, testbed: Testbed) -> Measured:
    """Measure a model as every model is."""
    train, test = testbed.train, testbed.test
    codes = models.encode(model, test.images)
    reconstructions = models.decode(model, codes)
    errors = image_errors(reconstructions, test.images)
    return Measured(
        clean=testbed.scores(reconstructions),
        restored=testbed.restored(model),
        class_mse=class_errors(errors, test),
        code=_code_scores(model, codes, testbed),
        cost=Cost(**cost(model)),
        collapsed=training.collapsed(errors.mean().item(), training.mean_image_mse(train.images, test.images)),
        reconstructions=reconstructions,
        errors=errors,
    )


def _code_scores(model: Model, codes: Tensor, testbed: Testbed) -> CodeScores:
    """codes: of the clean test images (N, K)."""
    train, test = testbed.train, testbed.test
    known = models.encode(model, train.images).numpy()
    return CodeScores(
        size=codes.shape[1],
        live_units=models.live_units(model, codes),
        participation_ratio=participation_ratio(codes.numpy()),
        **class_accuracy(known, train.labels.numpy(), codes.numpy(), test.labels.numpy()),
        by_number=metrics_by_number(model, test.images) or None,
    )
