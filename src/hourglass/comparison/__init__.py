"""All variants side by side: the table, and the sentences that follow from it."""

from hourglass.comparison.findings import findings
from hourglass.comparison.table import Row, markdown, row

__all__ = ["Row", "findings", "markdown", "row"]
