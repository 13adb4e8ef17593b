"""Measure what needs no autoencoder on the test set: `python -m stages.baselines`."""

from hourglass import evaluation
from hourglass.evaluation import Testbed
from hourglass.paths import IMAGES, INPUTS, JUDGE, METRICS
from hourglass.settings.stages import Baselines
from stages import run


def main() -> None:
    settings = Baselines.load("baselines")
    testbed = Testbed.load(IMAGES, INPUTS, JUDGE)
    evaluation.baselines(testbed, settings.code_sizes, settings.seed).save(METRICS / "baselines.json")


if __name__ == "__main__":
    run(main)
