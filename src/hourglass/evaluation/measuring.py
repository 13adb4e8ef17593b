"""All figures that follow from a trained model alone."""

from dataclasses import dataclass

from sklearn import config_context
from torch import Tensor

from hourglass import models, training
from hourglass.data.own import OwnInputs
from hourglass.evaluation.codes import class_accuracy, metrics_by_number, participation_ratio
from hourglass.evaluation.cost import cost
from hourglass.evaluation.scores import class_errors, image_errors
from hourglass.evaluation.testbed import Testbed
from hourglass.latent import silhouette
from hourglass.models import Model
from hourglass.records import CodeScores, Cost, OwnInput, Scores

DISTANCES_MB = 128  # held at a time: with scikit-learn's 1024, a stage's peak is 0.4 GB higher, and it is no faster


@dataclass(frozen=True)
class Measured:
    """A model's figures, by the names that they have in `Evaluation`, and what it makes of test images.

    reconstructions: of the clean ones, float32 (N, 1, 28, 28). errors: of these, float64 (N,). own_reconstructions: of
    its own input, float32 (N, 1, 28, 28).
    """

    clean: Scores
    restored: dict[str, Scores]
    class_mse: dict[str, float]
    code: CodeScores
    own: OwnInput
    cost: Cost
    collapsed: bool
    reconstructions: Tensor
    errors: Tensor
    own_reconstructions: Tensor


def measure(model: Model, testbed: Testbed, own: OwnInputs) -> Measured:
    """Measure a model as every model is. own: what it is trained on."""
    train, test = testbed.train, testbed.test
    reconstructions, clean, code = _through(model, train.images, test.images, testbed)
    # where the own input is clean, the same is not computed twice
    own_reconstructions, own_scores, own_code = (
        (reconstructions, clean, code) if own.clean else _through(model, own.train, own.test, testbed)
    )
    errors = image_errors(reconstructions, test.images)
    return Measured(
        clean=clean,
        restored=testbed.restored(model),
        class_mse=class_errors(errors, test),
        code=code,
        own=OwnInput(corruption=own.corruption.name, scores=own_scores, code=own_code),
        cost=Cost(**cost(model)),
        collapsed=training.collapsed(errors.mean().item(), training.mean_image_mse(train.images, test.images)),
        reconstructions=reconstructions,
        errors=errors,
        own_reconstructions=own_reconstructions,
    )


def _through(model: Model, train: Tensor, test: Tensor, testbed: Testbed) -> tuple[Tensor, Scores, CodeScores]:
    """What becomes of the testbed's images, given as uint8 (N, 28, 28): test images (M, 1, 28, 28), and the figures."""
    codes = models.encode(model, test)
    reconstructions = models.decode(model, codes)
    return reconstructions, testbed.scores(reconstructions), _code_scores(model, train, test, codes, testbed)


def _code_scores(model: Model, train: Tensor, test: Tensor, codes: Tensor, testbed: Testbed) -> CodeScores:
    """train, test: the testbed's images as they are given. codes: of these test images (M, K)."""
    known, asked = models.encode(model, train).numpy(), codes.numpy()
    labels = testbed.test.labels.numpy()
    with config_context(working_memory=DISTANCES_MB):
        apart = silhouette(asked, labels)
    return CodeScores(
        size=codes.shape[1],
        free=model.spec.free_numbers,
        live_units=models.live_units(model, codes),
        participation_ratio=participation_ratio(asked, model.live_threshold),
        **class_accuracy(known, testbed.train.labels.numpy(), asked, labels),
        silhouette=apart,
        by_number=metrics_by_number(model, test) or None,
    )
