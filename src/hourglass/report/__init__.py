"""The comparison of all variants: tables, results, answers and one page, from records alone."""

from hourglass.report.comparison import PICTURES, Comparison, compare
from hourglass.report.inputs import ReportInputs, SweepResults, VariantRecords

__all__ = ["PICTURES", "Comparison", "ReportInputs", "SweepResults", "VariantRecords", "compare"]
