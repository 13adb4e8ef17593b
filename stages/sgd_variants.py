"""Stochastic, mini-batch and full-batch gradient descent compared: `python -m stages.sgd_variants`.

What a clock decides differs from run to run, so it is no output of the pipeline: seconds, and the sentences about
them, go to the terminal and to MLflow, and their picture also to `plots/sgd-variants/seconds.png`, which neither DVC
nor git keeps.
"""

from hourglass import sgd
from hourglass.images import Images
from hourglass.paths import DATA, IMAGES
from hourglass.settings.stage_configs import SgdConfig
from hourglass.tracking.sgd import SgdRuns
from stages import run


def main() -> None:
    settings = SgdConfig.load("sgd-variants")
    train, test = (Images.load(IMAGES / f"{split}.safetensors").images for split in ("train", "test"))
    runs = SgdRuns(settings)
    found = sgd.study(settings, sgd.Split(train, test), runs.follow)
    found.study.save(DATA / "sgd-variants.json")
    found.curves.save(DATA / "sgd-variants.csv")
    runs.finish(found)
    print(found.in_words())


if __name__ == "__main__":
    run(main)
