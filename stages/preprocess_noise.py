"""Turn the data set into tensors and fix the corrupted test images: `python -m stages.preprocess_noise`."""

from hourglass.data.preparation import prepare
from hourglass.paths import IMAGES, INPUTS, RAW
from hourglass.settings.stages import Inputs
from stages import run


def main() -> None:
    settings = Inputs.load("preprocess-noise")
    prepare(RAW, IMAGES, INPUTS, settings.dataset, settings.strengths, settings.fresh, settings.seed)
    print(f"tensors in {IMAGES}, corrupted inputs in {INPUTS}")


if __name__ == "__main__":
    run(main)
