"""Comparison of all variants as tables, text, figures and HTML pages, built from stored records."""

from hourglass.report.comparison import PICTURES, Comparison, compare
from hourglass.report.inputs import ReportInputs, SweepResults, VariantRecords

__all__ = ["PICTURES", "Comparison", "ReportInputs", "SweepResults", "VariantRecords", "compare"]
