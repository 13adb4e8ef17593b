"""Fetch the data set: `python -m stages.download`."""

from hourglass.data import sources
from hourglass.settings.params import load
from stages import run
from stages.paths import RAW


def main() -> None:
    params = load()
    source = sources.fetch(params.data.dataset, RAW)
    print(f"{params.data.dataset}: four verified files in {RAW}, from {source}")


if __name__ == "__main__":
    run(main)
