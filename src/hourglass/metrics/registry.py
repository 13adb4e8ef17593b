"""Registry of metrics, which define the columns of comparison tables and the entries of the glossary."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeVar

from torch import Tensor

F = TypeVar("F", bound=Callable[..., Any])

Row = Mapping[str, Any]
"""Metrics of one model and the flag `collapsed`, keyed by name. A metric that does not apply is None."""

TABLES = {
    "images": "Reconstructions",
    "codes": "Latent codes of clean images",
    "in_domain": "On the training corruption (in-domain)",
    "anomalies": "Anomaly detection",
}


@dataclass(frozen=True)
class Overview:
    """Heading, format and caption of a metric in the overview figure and in narrow tables."""

    heading: str
    format: str
    caption: str = ""


@dataclass(frozen=True)
class Metric:
    """Metric that is shown as a column in comparison tables.

    Attributes:
        key: name of the metric in rows, files and MLflow.
        heading: column heading without the unit.
        description: glossary entry.
        format: format specification of the value.
        table: table that contains the column, a key of TABLES.
        unit: unit of the value, if any.
        better: whether lower or higher values are better, or None if neither.
        headline: whether MLflow's run list shows the metric.
        overview: how the overview figure shows the metric, or None if the figure omits it.
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

    @property
    def title(self) -> str:
        """Column heading with the unit, if any, such as `PSNR (dB)`."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading

    @property
    def short(self) -> str:
        """Heading for narrow columns, taken from `overview` if the metric has one."""
        return self.overview.heading if self.overview else self.heading

    def text(self, value: float | None) -> str:
        """Format a table cell, with a dash for None.

        Two significant digits are shown if a nonzero value would be rounded to zero, except for percentages.
        """
        if value is None:
            return "–"
        text = format(value, self.format)
        rounded_to_zero = value and self.format.endswith("f") and not re.search("[1-9]", text)
        return format(value, "#.2g") if rounded_to_zero else text

    def best(self, values: Iterable[float | None]) -> float | None:
        """Return the best value, or None if there are no values or if `better` is None."""
        present = [value for value in values if value is not None]
        if self.better is None or not present:
            return None
        return min(present) if self.better == "lower" else max(present)


Variation = Callable[[Metric], Metric]
"""Function that takes a metric on clean images and returns the same metric on other images, such as noisy ones."""

METRICS: dict[str, Metric] = {}
"""Reported metrics, keyed by `Metric.key`, in table order."""


def variation(prefix: str, heading: str, description: str, **changes: Any) -> Variation:
    """Return a function that converts a metric on clean images to the same metric on other images.

    The function adds `prefix` to the key and sets the heading and the description. In `heading` and `description`,
    `{}` stands for the old heading. `changes` holds new values of other fields of `Metric`. Unless given there,
    `headline` is set to False and `overview` to None.
    """

    def column(metric: Metric) -> Metric:
        texts = {"heading": heading.format(metric.heading), "description": description.format(metric.heading)}
        return replace(metric, key=prefix + metric.key, **{"headline": False, "overview": None, **texts, **changes})

    return column


def in_domain(subject: str) -> Variation:
    """Return a function that turns the definition of a clean-image metric into its in-domain counterpart.

    In-domain images have the variant's training corruption. `subject` describes the inputs of the metric in its
    glossary entry, for example "codes of images".
    """
    description = f"{{}} of {subject} under the variant's training corruption."
    return variation("in_domain_", "in-domain {}", description, table="in_domain", better=None)


def register(metric: Metric) -> None:
    """Add a metric to METRICS. Raises ValueError if the key is already registered."""
    if metric.key in METRICS:
        raise ValueError(f"metric {metric.key!r} is registered twice")
    METRICS[metric.key] = metric


class Score(NamedTuple):
    """Value of a metric, and the per-image values (N,) if the value is computed from their mean."""

    value: int | float
    per_image: Tensor | None = None


class Family:
    """Group of metrics that are computed from the same inputs and shown in the same table.

    Example:
        >>> CODES = Family("codes")
        >>> @CODES.metric("silhouette", ".2f", better="higher")
        ... def silhouette(codes: Codes) -> float:
        ...     '''Mean silhouette coefficient of the test codes.'''
    """

    def __init__(self, table: str) -> None:
        """Create an empty group of metrics to show in `table`, a key of TABLES."""
        self.table = table
        self.functions: dict[str, Callable[..., Score]] = {}
        self.need_labels: set[str] = set()

    def metric(
        self,
        heading: str | None = None,
        format: str = "",
        *,
        link: Callable[[float], float] = float,
        labels: bool = False,
        variations: Sequence[Variation] = (),
        **options: Any,
    ) -> Callable[[F], F]:
        """Return a decorator that registers a function as a metric.

        The decorated function returns the metric, or a tensor (N,) of per-image values to average. The name of the
        function becomes the key, and the first paragraph of its docstring becomes the glossary entry.

        Args:
            heading: column heading without the unit, or None for a metric that is stored but not reported.
            format: format specification of the value.
            link: increasing function that maps the mean of the per-image values to the metric.
            labels: whether the metric requires labelled images.
            variations: functions that each derive another column from the metric, such as one for noisy images.
            **options: other fields of `Metric`.
        """

        def decorate(function: F) -> F:
            def score(*inputs: object) -> Score:
                value = function(*inputs)
                return Score(link(value.double().mean().item()), value) if isinstance(value, Tensor) else Score(value)

            key, description = function.__name__, (inspect.getdoc(function) or "").partition("\n\n")[0]
            self.functions[key] = score
            if labels:
                self.need_labels.add(key)
            if heading is not None:
                metric = Metric(key, heading, description, format, self.table, **options)
                for column in (metric, *(variation(metric) for variation in variations)):
                    register(column)
            return function

        return decorate

    def scores(self, *inputs: object, labelled: bool = True) -> dict[str, Score]:
        """Compute all metrics of the group from the given inputs, keyed by name.

        If `labelled` is False, metrics that require labels are omitted.
        """
        keys = [key for key in self.functions if labelled or key not in self.need_labels]
        return {key: self.functions[key](*inputs) for key in keys}


def columns(table: str) -> list[Metric]:
    """Return the metrics in `table`, a key of TABLES, in column order."""
    return [metric for metric in METRICS.values() if metric.table == table]


def overview() -> list[Metric]:
    """Return the metrics in the overview table: the latent dimension and all metrics in the overview figure."""
    return [metric for metric in METRICS.values() if metric.key == "latent_dim" or metric.overview]


def glossary(shown: Iterable[Metric]) -> str:
    """Return the descriptions of the given metrics as a Markdown list, in the order of METRICS."""
    keys = {metric.key for metric in shown}
    return "".join(f"- *{metric.title}*: {metric.description}\n" for key, metric in METRICS.items() if key in keys)
