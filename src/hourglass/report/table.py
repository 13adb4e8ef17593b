"""The tables of all variants, and of the yardsticks beside them, as Markdown."""

from collections.abc import Mapping, Sequence

from hourglass import metrics
from hourglass.metrics import Metric, Row
from hourglass.stats.significance import Evidence, text


def best(evidence: Evidence, column: Metric) -> set[str]:
    """The variants with the best figure, as far as is shown; none where no end is better."""
    means = {name: known.mean(column.key) for name, known in evidence.items()}
    top = column.best(means.values())
    return {name for name, mean in means.items() if top is not None and column.text(mean) == column.text(top)}


def markdown(evidence: Evidence, yardsticks: Mapping[str, Row]) -> str:
    """A table for each of metrics.TABLES, the best of each column in bold, and below it the yardsticks."""
    return "\n".join(
        f"### {title}\n\n{_table(evidence, yardsticks, metrics.columns(table))}"
        for table, title in metrics.TABLES.items()
    )


def overview(evidence: Evidence) -> str:
    """The few columns that say most, in a table that a terminal can show."""
    return _table(evidence, {}, metrics.overview(), padded=True)


def beside(yardsticks: Mapping[str, Row], columns: Sequence[Metric]) -> dict[str, Row]:
    """The yardsticks that have a figure in any of the columns."""
    return {name: row for name, row in yardsticks.items() if any(column.key in row for column in columns)}


def _table(evidence: Evidence, yardsticks: Mapping[str, Row], columns: Sequence[Metric], padded: bool = False) -> str:
    """padded: so that columns stand below each other, under short headings."""
    bold = [best(evidence, column) for column in columns]
    lines = [["variant", *(column.short if padded else column.title for column in columns)]]
    for name, known in evidence.items():
        label = f"{name} ({known.collapsed()})" if known.collapsed() else name
        cells = [
            f"**{text(known, column)}**" if name in b else text(known, column)
            for column, b in zip(columns, bold, strict=True)
        ]
        lines.append([label, *cells])
    for name, row in beside(yardsticks, columns).items():
        cells = [column.text(row[column.key]) if column.key in row else "" for column in columns]
        lines.append([f"*{name}*", *cells])
    widths = [max(map(len, column)) if padded else 0 for column in zip(*lines, strict=True)]
    rule = ["-" * max(3, widths[0]), *(f"{'-' * max(3, width - 1)}:" for width in widths[1:])]
    return "".join(_line(cells, widths) for cells in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, all others to the right."""
    first, *others = (
        f"{cell:>{width}}" if number else f"{cell:<{width}}"
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join([first, *others])} |\n"
