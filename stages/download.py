"""Download the data set and verify it: `python -m stages.download`."""

from hourglass.datasets import sources
from hourglass.paths import RAW
from hourglass.settings.stage_configs import DownloadConfig
from stages import run


def main() -> None:
    dataset = DownloadConfig.load("download").dataset
    source = sources.fetch(dataset, RAW)
    print(f"{dataset}: four verified files in {RAW}, from {source}")


if __name__ == "__main__":
    run(main)
