"""Registry of metrics: one decorated function per metric, from which tables, files, pages and the glossary follow."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from torch import Tensor

from hourglass.records import Baselines

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

Value = Tensor | float
"""A metric, or per-image values (N,) whose mean is the metric."""
Row = Mapping[str, Any]
"""Metric key to value, None if the metric does not apply, and `collapsed` of one trained model."""

TABLES = {
    "images": "Reconstructions",
    "codes": "Latent codes of clean images",
    "in_domain": "On the training corruption (in-domain)",
}
MISSING = "–"


@dataclass(frozen=True)
class Overview:
    """Appearance of a metric in the overview figure and in short tables."""

    heading: str
    format: str
    caption: str = ""


@dataclass(frozen=True)
class Metric:
    """A column of the comparison.

    Attributes:
        key: name in rows, files and MLflow.
        heading: column heading without the unit.
        description: glossary entry.
        format: format specification of the value.
        table: key of TABLES.
        unit: unit of the value, if any.
        better: end of the scale that is better, if any.
        headline: whether MLflow's run list shows the metric.
        overview: appearance in the overview figure, None to leave it out.
        swept: whether a sweep computes the metric.
    """

    key: str
    heading: str
    description: str
    format: str
    table: str
    unit: str | None = None
    better: Literal["lower", "higher"] | None = None
    headline: bool = False
    overview: Overview | None = None
    swept: bool = True

    @property
    def title(self) -> str:
        """Column heading with the unit."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading

    @property
    def short(self) -> str:
        """Heading for narrow columns."""
        return self.overview.heading if self.overview else self.heading

    def text(self, value: float | None) -> str:
        """Format a value for a table."""
        return MISSING if value is None else format(value, self.format)

    def best(self, values: Iterable[float | None]) -> float | None:
        """Return the best value; None without values or if neither end is better."""
        present = [value for value in values if value is not None]
        if self.better is None or not present:
            return None
        return min(present) if self.better == "lower" else max(present)


METRICS: dict[str, Metric] = {}
"""All reported metrics by key, in table order."""

DERIVED: dict[str, Callable[[Mapping[str, float], Baselines], float]] = {}
"""Metrics that depend on the baselines; computed by `row`."""


def register(metric: Metric) -> None:
    """Add a metric to METRICS. Raises ValueError if its key is taken."""
    if metric.key in METRICS:
        raise ValueError(f"metric {metric.key!r} is registered twice")
    METRICS[metric.key] = metric


def describe(function: Callable[..., Any]) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())


def reported(heading: str, format: str, table: str, **options: Any) -> Callable[[F], F]:
    """Register a metric under the function's name; the docstring's first paragraph is the glossary entry.

    Args:
        heading: column heading without the unit.
        format: format specification of the value.
        table: key of TABLES.
        **options: further fields of `Metric`.
    """

    def decorate(function: F) -> F:
        register(Metric(function.__name__, heading, describe(function), format, table, **options))
        return function

    return decorate


def derived(heading: str, format: str, table: str, **options: Any) -> Callable[[F], F]:
    """Register a function of a model's metrics and the baselines. Arguments as for `reported`."""

    def decorate(function: F) -> F:
        DERIVED[function.__name__] = function
        return reported(heading, format, table, **options)(function)

    return decorate


@dataclass(frozen=True)
class Scores:
    """Metrics by key, and those of them that are means over test images also per image, (N,)."""

    values: dict[str, int | float] = field(default_factory=dict)
    per_image: dict[str, Tensor] = field(default_factory=dict)

    def prefixed(self, prefix: str) -> "Scores":
        """Return the same scores with a prefix before every key."""
        values = {prefix + key: value for key, value in self.values.items()}
        return Scores(values, {prefix + key: tensor for key, tensor in self.per_image.items()})

    def __or__(self, other: "Scores") -> "Scores":
        """Return the scores of both."""
        return Scores(self.values | other.values, self.per_image | other.per_image)


@dataclass(frozen=True)
class View:
    """Inputs other than the clean test images on which metrics are computed as well.

    Attributes:
        prefix: prefix of the keys.
        heading: heading of a column, with `{}` for the metric's heading.
        description: glossary entry, likewise.
        options: fields of `Metric` that differ from those of the clean images.
    """

    prefix: str
    heading: str
    description: str
    options: Mapping[str, Any] = field(default_factory=dict)


class Family(Generic[T]):
    """Metrics that are functions of the same input.

    Example:
        >>> CODES = Family[Codes]("codes")
        >>> @CODES.metric("silhouette", "z.2f", better="higher")
        ... def silhouette(codes: Codes) -> float:
        ...     '''Mean silhouette coefficient of the test codes.'''
    """

    def __init__(self, table: str) -> None:
        """Create an empty family whose metrics are columns of a table, a key of TABLES."""
        self.table = table
        self._functions: dict[str, tuple[Callable[[T], Value], Callable[[float], float]]] = {}

    def metric(
        self,
        heading: str | None = None,
        format: str = "",
        *,
        link: Callable[[float], float] = float,
        views: Sequence[View] = (),
        **options: Any,
    ) -> Callable[[F], F]:
        """Register a function that returns the metric, or per-image values (N,) whose mean is the metric.

        Args:
            heading: column heading without the unit; None for a metric that is stored, but not reported.
            format: format specification of the value.
            link: increasing function from the mean of the per-image values to the metric.
            views: further inputs for which the metric is reported.
            **options: further fields of `Metric`.
        """

        def decorate(function: F) -> F:
            key = function.__name__
            self._functions[key] = function, link
            if heading is not None:
                reported(heading, format, self.table, **options)(function)
                for view in views:
                    texts = view.heading.format(heading), view.description.format(heading)
                    fields = {"table": self.table, **options, "headline": False, "overview": None, **view.options}
                    register(Metric(view.prefix + key, *texts, format, **fields))
            return function

        return decorate

    def scores(self, subject: T) -> Scores:
        """Compute all metrics of the family."""
        scores = Scores()
        for key, (function, link) in self._functions.items():
            value = function(subject)
            if isinstance(value, Tensor):
                scores.per_image[key] = value
                value = link(value.double().mean().item())
            scores.values[key] = value
        return scores


def row(metrics: Mapping[str, float], baselines: Baselines) -> dict[str, Any]:
    """Return one trained model's row of the comparison.

    Args:
        metrics: stored metrics by key, and `collapsed`.
        baselines: record of the stage `baselines`, for derived metrics.
    """
    values = dict(metrics) | {key: function(metrics, baselines) for key, function in DERIVED.items()}
    return {key: values.get(key) for key in (*METRICS, "collapsed")}


def columns(table: str) -> list[Metric]:
    """Return the metrics of a table, a key of TABLES, from left to right."""
    return [metric for metric in METRICS.values() if metric.table == table]


def overview() -> list[Metric]:
    """Return the latent dimension and the metrics of the overview figure."""
    return [metric for metric in METRICS.values() if metric.key == "latent_dim" or metric.overview]


def glossary() -> str:
    """Return the description of every metric as a Markdown list."""
    return "".join(f"- *{metric.title}*: {metric.description}\n" for metric in METRICS.values())


def headlines(row: Row) -> dict[str, float]:
    """Return the metrics of a row that MLflow's run list shows."""
    return {metric.key: row[metric.key] for metric in METRICS.values() if metric.headline}
