"""Stochastic, mini-batch and full-batch gradient descent compared: `python -m stages.sgd_variants`.

What a clock decides differs from run to run, so it is no output of the pipeline: seconds, and the sentences about
them, go to the terminal and to MLflow, and their picture also to `plots/sgd-variants/seconds.png`, which neither DVC
nor git keeps.
"""

from hourglass import sgd
from hourglass.data import Images
from hourglass.paths import IMAGES, METRICS, PLOTS
from hourglass.settings.stages import Sgd
from hourglass.tracking.sgd import Runs
from stages import run


def main() -> None:
    settings = Sgd.load("sgd-variants")
    train, test = (Images.load(IMAGES / f"{split}.safetensors").images for split in ("train", "test"))
    runs, plots = Runs(settings), PLOTS / "sgd-variants"
    found = sgd.study(settings, sgd.Split(train, test), runs.follow)
    found.study.save(METRICS / "sgd-variants.json")
    found.curves.save(plots / "updates.csv")
    sgd.save_passes(found.curves, plots / "history.csv")
    runs.finish(found)
    print(found.in_words())


if __name__ == "__main__":
    run(main)
