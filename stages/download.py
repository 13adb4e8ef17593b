"""Download and verify the data set, or read the user's own images: `python -m stages.download`."""

from hourglass.datasets.preparation import download
from hourglass.paths import RAW
from hourglass.settings.stage_configs import DownloadConfig
from stages import run


def main() -> None:
    dataset = DownloadConfig.load("download").data_set()
    source = download(dataset, RAW)
    print(f"{dataset.name}: verified files in {RAW}, from {source}")


if __name__ == "__main__":
    run(main)
