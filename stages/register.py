"""Register the best models with MLflow: `python -m stages.register`, which `make repro` calls. No stage of dvc.yaml.

What is best depends on all that MLflow has on record, so it is no function of a stage's inputs.
"""

from hourglass.paths import METRICS
from hourglass.records import ComparisonSummary
from hourglass.tracking.registration import register
from stages import run


def main() -> None:
    for line in register(ComparisonSummary.load(METRICS / "compare.json")):
        print(line)


if __name__ == "__main__":
    run(main)
