"""All variants side by side: the table, the sentences that follow from it, and the losses."""

from hourglass.comparison.findings import findings
from hourglass.comparison.losses import write_losses
from hourglass.comparison.pairs import Pair, code_size_pairs
from hourglass.comparison.table import Row, markdown, row

__all__ = ["Pair", "Row", "code_size_pairs", "findings", "markdown", "row", "write_losses"]
