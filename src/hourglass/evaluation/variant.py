"""One trained variant on the test set."""

from torch import Tensor

from hourglass import models, training
from hourglass.evaluation.codes import class_accuracy, metrics_by_number, participation_ratio
from hourglass.evaluation.cost import cost
from hourglass.evaluation.learning import Progress, through_training, wrong_class
from hourglass.evaluation.scores import class_errors, image_errors
from hourglass.evaluation.shown import evaluation_images
from hourglass.evaluation.testbed import Testbed
from hourglass.models import Model
from hourglass.records import CodeScores, Cost, Evaluation, EvaluationImages, TrainingImages


def evaluate(
    model: Model, model_sha256: str, kept: TrainingImages, testbed: Testbed
) -> tuple[Evaluation, EvaluationImages, list[Progress]]:
    """Measure a model: its figures, the images that show what it does, and how well it did after every epoch.

    model_sha256: of the model's file. kept: what became of the first test images while it was trained.
    """
    train, test = testbed.train, testbed.test
    progress = through_training(kept, test, testbed.judge)
    codes = models.encode(model, test.images)
    reconstructions = models.decode(model, codes)
    errors = image_errors(reconstructions, test.images)
    evaluation = Evaluation(
        model_sha256=model_sha256,
        clean=testbed.scores(reconstructions),
        restored=testbed.restored(model),
        class_mse=class_errors(errors, test),
        wrong_class_through_training=wrong_class(progress),
        code=_code_scores(model, codes, testbed),
        cost=Cost(**cost(model)),
        collapsed=training.collapsed(errors.mean().item(), training.mean_image_mse(train.images, test.images)),
    )
    return evaluation, evaluation_images(model, reconstructions, errors, testbed), progress


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
