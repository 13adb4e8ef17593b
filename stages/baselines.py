"""Evaluate the baselines, such as PCA and linear filters, on the test set: `python -m stages.baselines`."""

from hourglass import evaluation
from hourglass.evaluation import EvaluationData
from hourglass.paths import CLASSIFIER, DATA, IMAGES, INPUTS, OUTLIERS
from hourglass.settings.stage_configs import BaselinesConfig
from stages import run


def main() -> None:
    settings = BaselinesConfig.load("baselines")
    data = EvaluationData.load(IMAGES, INPUTS, CLASSIFIER, OUTLIERS)
    evaluation.baselines(data, settings.latent_dims, settings.seed).save(DATA / "baselines.json")


if __name__ == "__main__":
    run(main)
