"""All figures that follow from a trained model alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from sklearn import config_context
from torch import Tensor

from hourglass import models, training
from hourglass.corruptions.training_inputs import TrainingInputs
from hourglass.evaluation.codes import class_accuracy, metrics_by_number, participation_ratio
from hourglass.evaluation.complexity import cost
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.scores import class_errors, image_errors
from hourglass.latent import silhouette
from hourglass.models import Model, reconstruct
from hourglass.records import CodeScores, Cost, OwnInput, Scores

DISTANCES_MB = 128  # held at a time: with scikit-learn's 1024, a stage's peak is 0.4 GB higher, and it is no faster


@dataclass(frozen=True)
class Measured:
    """A model's figures, by the names that they have in `Evaluation`, and what it makes of test images.

    reconstructions: of the clean ones, float32 (N, 1, 28, 28). errors: of these, float64 (N,). own_reconstructions: of
    its own input, float32 (N, 1, 28, 28). per_image: see `EvaluationImages`.
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
    per_image: Mapping[str, Tensor]

    def figures(self) -> dict[str, Any]:
        """The figures alone, nested as in `Evaluation`; of code numbers one by one, none."""
        return {
            "clean": self.clean,
            "restored": self.restored,
            "code": self.code.model_dump(exclude={"by_number"}),
            "own": self.own.model_dump(exclude={"code": {"by_number"}}),
            "cost": self.cost.model_dump(),
            "collapsed": self.collapsed,
        }


@dataclass(frozen=True)
class _Through:
    """What became of test images, (N, 1, 28, 28), and the figures of that and of their codes.

    told: of each image whether its nearest neighbours in the code tell its class, (N,).
    """

    images: Tensor
    scores: Scores
    code: CodeScores
    told: Tensor


def measure(model: Model, data: EvaluationData, own: TrainingInputs) -> Measured:
    """Measure a model as every model is. own: what it is trained on."""
    train, test = data.train, data.test
    clean = _through(model, train.images, test.images, data)
    # where the own input is clean, the same is not computed twice
    given = clean if own.clean else _through(model, own.train, own.test, data)
    errors = image_errors(clean.images, test.images)
    restored = {name: reconstruct(model, inputs.images) for name, inputs in data.corrupted.items()}
    seen, given_seen = (data.classifier.classes(one.images) for one in (clean, given))
    per_image = {
        "mse": errors,
        **{name: -image_errors(images, test.images) for name, images in restored.items()},
        "label_accuracy": seen == test.labels,
        "prediction_agreement": seen == data.verdicts,
        "knn": clean.told,
        "own_mse": image_errors(given.images, test.images),
        "wrong_class": given_seen != test.labels,
        "own_knn": given.told,
    }
    return Measured(
        clean=clean.scores,
        restored={name: data.scores(images) for name, images in restored.items()},
        class_mse=class_errors(errors, test),
        code=clean.code,
        own=OwnInput(corruption=own.corruption.name, scores=given.scores, code=given.code),
        cost=Cost(**cost(model)),
        collapsed=training.collapsed(errors.mean().item(), training.mean_image_mse(train.images, test.images)),
        reconstructions=clean.images,
        errors=errors,
        own_reconstructions=given.images,
        per_image={name: values.float() for name, values in per_image.items()},
    )


def _through(model: Model, train: Tensor, test: Tensor, data: EvaluationData) -> _Through:
    """train, test: the data's images as they are given, uint8 (N, 28, 28)."""
    codes = models.encode(model, test)
    images = models.decode(model, codes)
    known, asked = models.encode(model, train).numpy(), codes.numpy()
    labels = data.test.labels.numpy()
    accuracies, told = class_accuracy(known, data.train.labels.numpy(), asked, labels)
    with config_context(working_memory=DISTANCES_MB):
        apart = silhouette(asked, labels)
    code = CodeScores(
        size=codes.shape[1],
        free=model.spec.free_dims,
        active_units=models.active_units(model, codes),
        participation_ratio=participation_ratio(asked, model.active_sd),
        **accuracies,
        silhouette=apart,
        by_number=metrics_by_number(model, test) or None,
    )
    return _Through(images, data.scores(images), code, torch.from_numpy(told))
