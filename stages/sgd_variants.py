"""Compare stochastic, mini-batch and full-batch gradient descent: `python -m stages.sgd_variants`.

Durations vary between runs. They are therefore printed and logged to MLflow, but not saved as pipeline outputs.
"""

from hourglass import sgd
from hourglass.images import Images
from hourglass.paths import DATA, IMAGES
from hourglass.settings.stage_configs import SgdConfig
from hourglass.tracking.sgd import SgdRuns
from stages import run


def main() -> None:
    config = SgdConfig.load("sgd-variants")
    train, test = (Images.load(IMAGES / f"{split}.safetensors").images for split in ("train", "test"))
    runs = SgdRuns(config)
    outcome = sgd.study(config, sgd.Split(train, test), runs.follow)
    outcome.study.save(DATA / "sgd-variants.json")
    outcome.curves.save(DATA / "sgd-variants.csv")
    runs.finish(outcome)
    print(outcome.summary())


if __name__ == "__main__":
    run(main)
