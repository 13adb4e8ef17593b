"""Put the results of the last runs into README.md: `python -m stages.readme`. No stage of dvc.yaml."""

from pathlib import Path

from hourglass.files import replacing
from hourglass.paths import METRICS, other_results
from hourglass.readme import brief, with_results
from hourglass.records import ComparisonSummary
from stages import run

README = Path("README.md")


def main() -> None:
    text = README.read_text(encoding="utf-8")
    for metrics in (METRICS, *(folder / METRICS for folder in other_results())):
        text = with_results(text, ComparisonSummary.load(metrics / "compare.json").run, brief(metrics / "compare.md"))
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
