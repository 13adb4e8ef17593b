"""What the comparison of all variants found."""

from hourglass.records.base import Record


class ComparisonSummary(Record):
    """variants: by name the row of each, figures by the keys of `metrics.METRICS`, and `collapsed`."""

    stage = "compare"
    dataset: str
    variants: dict[str, dict[str, bool | int | float]]
    findings: tuple[str, ...]
