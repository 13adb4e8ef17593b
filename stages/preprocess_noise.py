"""Turn the data set into tensors and fix the corrupted test images: `python -m stages.preprocess_noise`."""

from hourglass.datasets.preparation import prepare
from hourglass.paths import IMAGES, INPUTS, RAW
from hourglass.settings.stage_configs import PreprocessConfig
from stages import run


def main() -> None:
    settings = PreprocessConfig.load("preprocess-noise")
    prepare(RAW, IMAGES, INPUTS, settings.dataset, settings.strengths, settings.fresh, settings.seed)
    print(f"tensors in {IMAGES}, corrupted inputs in {INPUTS}")


if __name__ == "__main__":
    run(main)
