"""Summary of the comparison of all variants."""

from hourglass.records.base import Record


class ComparisonSummary(Record):
    """Settings, metrics and results of one comparison.

    Attributes:
        dataset: name of the data set.
        run: short description of the settings, such as `mnist latent=2`.
        strengths: strengths of the corruptions by key.
        variants: row of metrics of each variant by the keys of `hourglass.metrics.METRICS`, and `collapsed`.
        results: sentences about the comparison.
    """

    stage = "compare"
    dataset: str
    run: str
    strengths: dict[str, int | float]
    variants: dict[str, dict[str, bool | int | float]]
    results: tuple[str, ...]
