"""The tables of all variants, and of the yardsticks beside them, as Markdown."""

from collections.abc import Mapping, Sequence

from hourglass import metrics
from hourglass.comparison.evidence import Evidence, text
from hourglass.metrics import Metric, Row


def best(evidence: Evidence, column: Metric) -> set[str]:
    """The variants with the best figure, as far as is shown; none where no end is better."""
    means = {name: known.mean(column.key) for name, known in evidence.items()}
    top = column.best(means.values())
    return {name for name, mean in means.items() if top is not None and column.text(mean) == column.text(top)}


def markdown(evidence: Evidence, yardsticks: Mapping[str, Row]) -> str:
    """A table for each of metrics.TABLES, the best of each column in bold, and below it the yardsticks."""
    return "\n".join(_table(evidence, yardsticks, metrics.columns(table)) for table in metrics.TABLES)


def beside(yardsticks: Mapping[str, Row], columns: Sequence[Metric]) -> dict[str, Row]:
    """The yardsticks that have a figure in any of the columns."""
    return {name: row for name, row in yardsticks.items() if any(column.key in row for column in columns)}


def _table(evidence: Evidence, yardsticks: Mapping[str, Row], columns: Sequence[Metric]) -> str:
    lines = [
        "| variant | " + " | ".join(column.title for column in columns) + " |",
        "| --- | " + " | ".join("---:" for _ in columns) + " |",
    ]
    bold = [best(evidence, column) for column in columns]
    for name, known in evidence.items():
        label = f"{name} ({known.collapsed()})" if known.collapsed() else name
        cells = [
            f"**{text(known, column)}**" if name in b else text(known, column)
            for column, b in zip(columns, bold, strict=True)
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    for name, row in beside(yardsticks, columns).items():
        cells = [column.text(row[column.key]) if column.key in row else "" for column in columns]
        lines.append(f"| *{name}* | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
