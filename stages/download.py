"""Download the data set, or read the user's own images, and verify them: `python -m stages.download`."""

from pathlib import Path

from hourglass import datasets
from hourglass.paths import RAW
from hourglass.settings.stage_configs import DownloadConfig
from stages import run


def main() -> None:
    config = DownloadConfig.load("download")
    dataset = datasets.find(config.dataset, Path(config.path), config.size, config.channels)
    source = dataset.fetch(RAW)
    print(f"{dataset.name}: verified files in {RAW}, from {source}")


if __name__ == "__main__":
    run(main)
