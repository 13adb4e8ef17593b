"""One trained variant on the test set."""

from hourglass.corruptions import TrainingInputs
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.examples import evaluation_images
from hourglass.evaluation.measure import measure
from hourglass.evaluation.per_epoch import epoch_by_epoch, through_training, verdicts
from hourglass.models import Model
from hourglass.records import Evaluation, EvaluationImages, History, Snapshots
from hourglass.training import mean_image_mse


def evaluate(
    model: Model, model_sha256: str, kept: Snapshots, data: EvaluationData, own: TrainingInputs
) -> tuple[Evaluation, EvaluationImages, History]:
    """Measure a model: its figures, the images that show what it does, and how well it did after every epoch.

    model_sha256: of the model's file. kept: what became of the first test images while it was trained. own: what it is
    trained on.
    """
    train, test = data.train, data.test
    seen = verdicts(kept, data.classifier)
    learning = epoch_by_epoch(kept, seen, test)
    mean_image = mean_image_mse(train.images, test.images[: seen.shape[1]])
    found = measure(model, data, own)
    evaluation = Evaluation(
        model_sha256=model_sha256,
        clean=found.clean,
        restored=found.restored,
        class_mse=found.class_mse,
        through_training=through_training(learning, seen, test, mean_image),
        code=found.code,
        own=found.own,
        cost=found.cost,
        collapsed=found.collapsed,
    )
    return evaluation, evaluation_images(model, found, seen, data), learning
