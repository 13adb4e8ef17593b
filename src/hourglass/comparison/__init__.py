"""All variants side by side, as a pure function of what the stages recorded of each: no network is loaded here."""

from hourglass.comparison.findings import findings
from hourglass.comparison.losses import curves, write_losses
from hourglass.comparison.pairs import Pair, code_size_pairs
from hourglass.comparison.result import Comparison, Swept, compare
from hourglass.comparison.table import markdown
from hourglass.comparison.variant import VariantRecords

__all__ = [
    "Comparison",
    "Pair",
    "Swept",
    "VariantRecords",
    "code_size_pairs",
    "compare",
    "curves",
    "findings",
    "markdown",
    "write_losses",
]
