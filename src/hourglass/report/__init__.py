"""All variants side by side, as a pure function of what the stages recorded of each: no network is loaded here."""

from hourglass.report.comparison import Comparison, Swept, compare
from hourglass.report.findings import findings
from hourglass.report.losses import curves, write_losses
from hourglass.report.table import markdown
from hourglass.report.variant_records import VariantRecords
from hourglass.stats.pairs import Pair, latent_dim_pairs

__all__ = [
    "Comparison",
    "Pair",
    "Swept",
    "VariantRecords",
    "latent_dim_pairs",
    "compare",
    "curves",
    "findings",
    "markdown",
    "write_losses",
]
