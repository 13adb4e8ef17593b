"""What the comparison of all variants found."""

from hourglass.records.base import Record


class ComparisonSummary(Record):
    """What was run, such as `mnist latent=2`, under which strengths of the corruptions, and what came of it.

    variants: by name the row of each, figures by the keys of `metrics.METRICS`, and `collapsed`.
    """

    stage = "compare"
    dataset: str
    run: str
    strengths: dict[str, int | float]
    variants: dict[str, dict[str, bool | int | float]]
    findings: tuple[str, ...]
