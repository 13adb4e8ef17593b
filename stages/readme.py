"""Write the results of the last run to README.md: `python -m stages.readme`. This module is not a stage of dvc.yaml."""

from pathlib import Path

from hourglass.files import replacing
from hourglass.paths import METRICS
from hourglass.records import ComparisonSummary
from hourglass.summary import results_block, with_block
from stages import run as stage

README = Path("README.md")


def main() -> None:
    run = ComparisonSummary.load(METRICS / "compare.json").run
    text = with_block(README.read_text(encoding="utf-8"), run, results_block(METRICS / "compare.md"))
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    stage(main)
