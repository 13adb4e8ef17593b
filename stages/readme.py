"""Put the results of the last runs, and the graph, into README.md: `python -m stages.readme`. No stage of dvc.yaml."""

from pathlib import Path

from hourglass.files import replacing
from hourglass.paths import METRICS, other_results
from hourglass.readme import GRAPH, brief, results_of, with_part
from hourglass.records import ComparisonSummary
from hourglass.runner.diagram import graph
from stages import run as stage

README = Path("README.md")


def main() -> None:
    text = README.read_text(encoding="utf-8")
    for metrics in (METRICS, *(folder / METRICS for folder in other_results())):
        run = ComparisonSummary.load(metrics / "compare.json").run
        text = with_part(text, results_of(run), brief(metrics / "compare.md"))
    text = with_part(text, GRAPH, graph())
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    stage(main)
