"""One trained variant on the test set."""

from hourglass.evaluation.learning import Progress, through_training, wrong_class
from hourglass.evaluation.measuring import measure
from hourglass.evaluation.shown import evaluation_images
from hourglass.evaluation.testbed import Testbed
from hourglass.models import Model
from hourglass.records import Evaluation, EvaluationImages, TrainingImages


def evaluate(
    model: Model, model_sha256: str, kept: TrainingImages, testbed: Testbed
) -> tuple[Evaluation, EvaluationImages, list[Progress]]:
    """Measure a model: its figures, the images that show what it does, and how well it did after every epoch.

    model_sha256: of the model's file. kept: what became of the first test images while it was trained.
    """
    progress = through_training(kept, testbed.test, testbed.judge)
    found = measure(model, testbed)
    evaluation = Evaluation(
        model_sha256=model_sha256,
        clean=found.clean,
        restored=found.restored,
        class_mse=found.class_mse,
        wrong_class_through_training=wrong_class(progress),
        code=found.code,
        cost=found.cost,
        collapsed=found.collapsed,
    )
    return evaluation, evaluation_images(model, found.reconstructions, found.errors, testbed), progress
