"""The table of all variants as Markdown."""

from collections.abc import Mapping, Sequence

from hourglass import metrics
from hourglass.metrics import Metric, Row


def markdown(rows: Mapping[str, Row]) -> str:
    """The rows, by variant, as a Markdown table for each of metrics.TABLES, the best of each column in bold."""
    return "\n".join(_table(rows, metrics.columns(table)) for table in metrics.TABLES)


def _table(rows: Mapping[str, Row], columns: Sequence[Metric]) -> str:
    """The rows as a Markdown table, collapsed variants marked."""
    lines = [
        "| variant | " + " | ".join(column.title for column in columns) + " |",
        "| --- | " + " | ".join("---:" for _ in columns) + " |",
    ]
    for name, row in rows.items():
        label = f"{name} (collapsed)" if row["collapsed"] else name
        best = [column.is_best(row, rows.values()) for column in columns]
        cells = [f"**{column.text(row)}**" if b else column.text(row) for column, b in zip(columns, best, strict=True)]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
