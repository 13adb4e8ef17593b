"""Put the results of the last run into README.md: `python -m stages.readme`. No stage of dvc.yaml."""

from pathlib import Path

from hourglass.files import replacing
from hourglass.paths import METRICS
from hourglass.readme import results, with_glossary, with_results
from hourglass.records import ComparisonSummary
from stages import run

README = Path("README.md")


def main() -> None:
    found, ran = results(METRICS / "compare.md"), ComparisonSummary.load(METRICS / "compare.json").run
    text = with_glossary(with_results(README.read_text(encoding="utf-8"), ran, found))
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
