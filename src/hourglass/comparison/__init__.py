"""All variants side by side: the table, and the sentences that follow from it."""

from hourglass.comparison.findings import findings
from hourglass.comparison.table import markdown, row

__all__ = ["findings", "markdown", "row"]
