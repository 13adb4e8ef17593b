"""Convert the data set to tensors, and create corrupted images and outliers: `python -m stages.preprocess_noise`."""

from hourglass.datasets.preparation import prepare
from hourglass.paths import IMAGES, INPUTS, OUTLIERS, RAW
from hourglass.settings.stage_configs import PreprocessConfig
from stages import run


def main() -> None:
    config = PreprocessConfig.load("preprocess-noise")
    prepare(RAW, IMAGES, INPUTS, OUTLIERS, config.dataset, config.strengths, config.fresh, config.seed)
    print(f"clean images in {IMAGES}, corrupted images in {INPUTS}, outliers in {OUTLIERS}")


if __name__ == "__main__":
    run(main)
