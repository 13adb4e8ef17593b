"""Comparison of all variants, built from stored records: tables, results, answers and an HTML page."""

from hourglass.report.comparison import PICTURES, Comparison, compare
from hourglass.report.inputs import ReportInputs, SweepResults, VariantRecords

__all__ = ["PICTURES", "Comparison", "ReportInputs", "SweepResults", "VariantRecords", "compare"]
