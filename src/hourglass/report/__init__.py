"""The comparison of all variants: tables, results, answers and one page, from records alone."""

from hourglass.report.comparison import PICTURES, Comparison, compare
from hourglass.report.inputs import ReportInputs, SweepResults, VariantRecords, latent_dim_pairs

__all__ = ["PICTURES", "Comparison", "ReportInputs", "SweepResults", "VariantRecords", "compare", "latent_dim_pairs"]
