"""Evaluate one trained variant on the test set: `python -m stages.evaluate linear`."""

from hourglass import evaluation, models, tracking
from hourglass.corruptions import CorruptedImages, TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.files import sha256
from hourglass.metrics import METRICS
from hourglass.paths import CLASSIFIER, EVALUATE, IMAGES, INPUTS, MODELS, OUTLIERS, SNAPSHOTS
from hourglass.records import Snapshots
from hourglass.settings.stage_configs import EvaluateConfig, TrainConfig
from stages import run


def main(variant: str) -> None:
    settings, corruption = EvaluateConfig.load("evaluate"), TrainConfig.load(f"train/{variant}").corruption
    file = MODELS / f"{variant}.safetensors"
    model, data = models.load(file), EvaluationData.load(IMAGES, INPUTS, CLASSIFIER, OUTLIERS)
    snapshots = Snapshots.load(SNAPSHOTS / f"{variant}.zip", data.test.shape)
    inputs = TrainingInputs.of(
        data.train, CorruptedImages.load(INPUTS / corruption / "test.safetensors"), settings.seed
    )
    result, images, history = evaluation.evaluate(model, sha256(file), snapshots, data, inputs)
    result.save(EVALUATE / f"{variant}.json")
    images.save(EVALUATE / f"{variant}.safetensors")
    history.save(EVALUATE / f"{variant}.csv")
    tracking.log_record(variant, result)
    shown = [metric for metric in METRICS.values() if metric.overview and metric.key in result.metrics]
    print(f"{variant}: {', '.join(f'{metric.title} {result.metrics[metric.key]:{metric.format}}' for metric in shown)}")


if __name__ == "__main__":
    run(main, "variant")
