"""Measure one trained variant on the test set: `python -m stages.evaluate linear`."""

from hourglass import evaluation, models, tracking
from hourglass.corruptions import Inputs
from hourglass.corruptions.training_inputs import TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.files import sha256
from hourglass.paths import CLASSIFIER, EVALUATE, IMAGES, INPUTS, MODELS, SNAPSHOTS
from hourglass.records import Snapshots
from hourglass.settings.stage_configs import EvaluateConfig, TrainConfig
from stages import run


def main(variant: str) -> None:
    settings, trained = EvaluateConfig.load("evaluate"), TrainConfig.load(f"train/{variant}")
    file = MODELS / f"{variant}.safetensors"
    kept = Snapshots.load(SNAPSHOTS / f"{variant}.zip")
    data = EvaluationData.load(IMAGES, INPUTS, CLASSIFIER)
    given = Inputs.load(INPUTS / trained.corruption / "test.safetensors")
    own = TrainingInputs.of(data.train, given, settings.seed)
    found, images, learning = evaluation.evaluate(models.load(file), sha256(file), kept, data, own)
    found.save(EVALUATE / f"{variant}.json")
    images.save(EVALUATE / f"{variant}.safetensors")
    learning.save(EVALUATE / f"{variant}.csv")
    tracking.log_record(variant, found)


if __name__ == "__main__":
    run(main, "variant")
