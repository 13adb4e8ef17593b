"""Measure one trained variant on the test set: `python -m stages.evaluate linear`."""

from hourglass import evaluation, models
from hourglass.data import Inputs
from hourglass.data.own import OwnInputs
from hourglass.evaluation import Testbed
from hourglass.files import sha256
from hourglass.paths import EVALUATION, IMAGES, INPUTS, JUDGE, KEPT, METRICS, MODELS, PLOTS
from hourglass.records import TrainingImages
from hourglass.settings.stages import Evaluate, Training
from hourglass.tracking import trainings
from stages import run


def main(variant: str) -> None:
    settings, trained = Evaluate.load("evaluate"), Training.load(f"train/{variant}")
    file = MODELS / f"{variant}.safetensors"
    kept = TrainingImages.load(KEPT / f"{variant}.zip")
    testbed = Testbed.load(IMAGES, INPUTS, JUDGE)
    given = Inputs.load(INPUTS / trained.corruption / "test.safetensors")
    own = OwnInputs.of(testbed.train, given, settings.seed)
    found, images, learning = evaluation.evaluate(models.load(file), sha256(file), kept, testbed, own)
    found.save(METRICS / "evaluate" / f"{variant}.json")
    images.save(EVALUATION / f"{variant}.safetensors")
    learning.save(PLOTS / "evaluate" / variant / "through-training.csv")
    trainings.add_results(variant, found)


if __name__ == "__main__":
    run(main, "variant")
