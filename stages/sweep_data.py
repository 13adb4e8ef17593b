"""Fetch the data sets of the sweep, and train the classifier of each: `python -m stages.sweep_data`."""

import tempfile
from pathlib import Path

from hourglass import classifier, training
from hourglass.datasets import sources
from hourglass.datasets.preparation import read
from hourglass.paths import SWEEP_IMAGES
from hourglass.settings import params
from hourglass.settings.stage_configs import SweepDataConfig
from hourglass.sweep.images import SweepImages
from stages import run


def main() -> None:
    settings, device = SweepDataConfig.load("sweep-data"), training.choose_device(params.load().runtime.device)
    SWEEP_IMAGES.mkdir(parents=True, exist_ok=True)
    for dataset in settings.datasets:
        with tempfile.TemporaryDirectory() as raw:
            sources.fetch(dataset, Path(raw))
            train, test = (read(Path(raw), dataset, split) for split in ("train", "test"))
        network, summary = classifier.fit(train, test, settings.classifier, settings.seed, device)
        SweepImages(train, test, network).save(SWEEP_IMAGES / dataset)
        print(f"{dataset}: classifier right on {summary.accuracy:.2%} of the test images")


if __name__ == "__main__":
    run(main)
