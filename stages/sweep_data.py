"""Download or read the data sets of the sweep, and train a classifier on each: `python -m stages.sweep_data`."""

import tempfile
from pathlib import Path

from hourglass import classifier, training
from hourglass.datasets.preparation import download, outliers, read
from hourglass.paths import SWEEP_IMAGES
from hourglass.settings import params
from hourglass.settings.stage_configs import SweepDataConfig
from hourglass.sweep.job import SweepImages
from stages import run


def main() -> None:
    config, device = SweepDataConfig.load("sweep-data"), training.choose_device(params.load().runtime.device)
    SWEEP_IMAGES.mkdir(parents=True, exist_ok=True)
    for dataset, source in config.datasets.items():
        with tempfile.TemporaryDirectory() as raw:
            download(source.data_set(), Path(raw))
            train, test = (read(Path(raw), dataset, split) for split in ("train", "test"))
            outlier_images = outliers(Path(raw), test, config.seed)
        network, summary = classifier.fit(train, test, config.classifier, config.seed, device)
        SweepImages(train, test, network, outlier_images).save(SWEEP_IMAGES / dataset)
        print(f"{dataset}: classifier test accuracy {summary.accuracy:.2%}")


if __name__ == "__main__":
    run(main)
