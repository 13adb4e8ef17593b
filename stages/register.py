"""Register the best networks in MLflow: `python -m stages.register`. Used by `make repro`.

The module is not a stage of dvc.yaml, because the best network depends on all runs that MLflow has recorded.
"""

from hourglass import tracking
from hourglass.paths import METRICS
from hourglass.records import ComparisonSummary
from stages import run


def main() -> None:
    for line in tracking.register(ComparisonSummary.load(METRICS / "compare.json")):
        print(line)


if __name__ == "__main__":
    run(main)
