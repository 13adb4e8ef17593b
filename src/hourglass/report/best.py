"""What a reader wants to know before all else: which variant comes first, and whether the others differ from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from hourglass import metrics
from hourglass.records import Baselines
from hourglass.report.phrases import joined, metric, tied, trainings
from hourglass.stats.significance import Evidence, text

CONTESTS = {"mse": "reconstruction", metrics.EXAMPLE_CORRUPTION: "denoiser", "knn": "code"}
"""What the best is called, by the metric that decides."""

NAMED = 3  # of those that cannot be told from the best, at most


@dataclass(frozen=True)
class Winner:
    """Who is best at something. title: `Best code, 10-NN accuracy`. said: who, and whether the others differ."""

    title: str
    said: str


def winners(evidence: Evidence, baselines: Baselines) -> list[Winner]:
    """One a contest; none of a single variant."""
    if len(evidence) < 2:
        return []
    return [
        Winner(f"Best {what}, {metric(key).heading}", _said(evidence, key, baselines)) for key, what in CONTESTS.items()
    ]


def _said(evidence: Evidence, key: str, baselines: Baselines) -> str:
    column = metric(key)
    least = column.better == "lower"
    means: Mapping[str, float] = {
        name: mean for name, known in evidence.items() if (mean := known.mean(key)) is not None
    }
    first, *rest = sorted(means, key=lambda name: means[name] if least else -means[name])
    alike = tied(evidence, first, rest, key, -1 if least else 1)
    unit = f" {column.unit}" if column.unit else ""

    def figure(name: str) -> str:
        return f"{name} ({text(evidence[name], column)}{unit})"

    if not alike:
        others = f"better than all others, of which {figure(rest[0])} comes next"
    elif len(alike) > NAMED:
        others = f"no difference shows to {len(alike)} others"
    else:
        others = f"no difference shows to {joined([figure(name) for name in alike], 'or')}"
    said = f"{figure(first)}; {others} ({trainings(evidence)})."
    if key in baselines.corrupted:
        filtered = baselines.corrupted[key].linear_filter["psnr"]
        said += f" The best linear filter, which has no bottleneck, reaches {filtered:.2f}{unit}."
    return said
