"""Comparison of this project's runs with published results.

published.yaml lists the published results and defines the runs as variants and grids of a sweep.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Literal

from pydantic import TypeAdapter, ValidationError, field_validator

from hourglass.errors import UserError
from hourglass.metrics import METRICS
from hourglass.models.spec import multiply_adds
from hourglass.records.sweep import TrialResult
from hourglass.schema import Section
from hourglass.settings import params
from hourglass.settings.error_messages import messages
from hourglass.settings.params import SGD_VARIANT, Hardware
from hourglass.settings.stage_configs import SweepConfig, resolve
from hourglass.settings.yaml_io import read
from hourglass.stats.significance import compare_with_constant

FILE, PARAMS = Path("published.yaml"), Path("params.yaml")
NEEDED = {"classes_error_auroc": "one_class", "negative_log_likelihood": "likelihood"}
"""Grid setting that a metric needs, keyed by metric."""
PASSES = 3  # forward, and backward for activations and weights
INTRODUCTION = """\
# Published results

`make published` trains the runs that `published.yaml` describes, and writes this page. Results of this project are
means over seeds; n is the number of seeds. With two seeds or more, there is a 95 % confidence interval. Training cost
is that of one seed. Goals are listed whether they are met or not.
"""
HEADING = """\
| model | result | n | training cost, 10¹² multiply-adds | source |
| --- | ---: | ---: | ---: | --- |"""


class PublishedNumber(Section):
    """A published result, the model that achieved it, and its source."""

    value: float
    model: str
    source: str


class Comparison(Section):
    """A comparison of published values of a quantity with a metric of this project, on the runs of a sweep grid.

    `factor` converts the metric to the unit of the published numbers. `format` is the format specification of all
    numbers. `protocol` states how the measurements differ.
    """

    quantity: str
    grid: str
    metric: str
    factor: float = 1.0
    better: Literal["lower", "higher"]
    format: str
    goal: float
    protocol: str
    published: tuple[PublishedNumber, ...]

    @field_validator("metric")
    @classmethod
    def _check_metric(cls, metric: str) -> str:
        if metric not in (*METRICS, *NEEDED):
            raise ValueError(f"{metric} is not a metric; metrics/sweep.csv has one column for each")
        return metric

    @field_validator("format")
    @classmethod
    def _check_format(cls, specification: str) -> str:
        format(0.0, specification)  # raises ValueError
        return specification

    def text(self, value: float) -> str:
        """Format a value according to `format`."""
        return f"{value:{self.format}}"

    def mean_text(self, seeds: Sequence[float]) -> str:
        """Return the mean of values, one per seed, with its 95 % confidence interval if there are several seeds."""
        interval = compare_with_constant(seeds, 0.0).interval
        text = self.text(mean(seeds))
        return "{} ({} to {})".format(text, *map(self.text, interval)) if interval else text

    def goal_text(self, value: float) -> str:
        """Return a sentence with the goal and whether `value` meets it."""
        limit, met = ("most", value <= self.goal) if self.better == "lower" else ("least", value >= self.goal)
        return f"Goal: at {limit} {self.text(self.goal)}, {'met' if met else 'not met'}."


def load(path: Path = FILE, hardware: Hardware | None = None) -> tuple[SweepConfig, list[Comparison]]:
    """Read published.yaml, and return the settings of its runs and the comparisons.

    Args:
        path: path of published.yaml.
        hardware: hardware against which the settings are validated, or None to skip this check.

    Raises:
        UserError: if published.yaml or params.yaml is missing or invalid.
    """
    content, settings = read(path), read(PARAMS)
    params.validate(settings, PARAMS, hardware)  # first, so that its problems are not those of published.yaml
    if content.keys() != {"variants", "grids", "comparisons"}:
        raise UserError(f"{path}: has {', '.join(content)}; must have variants, grids and comparisons")
    if not isinstance(content["variants"], dict):
        raise UserError(f"{path}: variants must be a block of settings")
    base = settings["variants"][SGD_VARIANT]
    settings["variants"] = {SGD_VARIANT: base} | content["variants"]
    settings["sheets"], settings["sweep"]["grids"] = {}, content["grids"]
    for block in ("model", "train"):  # a sweep ignores overrides
        settings[block] = dict.fromkeys(settings[block])
    config = resolve(params.validate(settings, path, hardware))["sweep"]
    assert isinstance(config, SweepConfig)
    try:
        comparisons = TypeAdapter(list[Comparison]).validate_python(content["comparisons"])
    except ValidationError as error:
        raise UserError("\n".join(f"{path}: comparisons.{line}" for line in messages(error, Comparison))) from None
    for name, grid in config.sweep.grids.items():
        allowed = {"datasets", "variants", "seeds", "one_class", "likelihood"}
        if grid.model_dump(exclude=allowed, exclude_defaults=True) or len(grid.datasets or ()) != 1:
            names = ", ".join(sorted(allowed))
            raise UserError(f"{path}: grids.{name} must list exactly one data set, and set nothing but {names}")
    if unknown := [comparison.grid for comparison in comparisons if comparison.grid not in config.sweep.grids]:
        raise UserError(f"{path}: {unknown[0]} is not a grid; known are {', '.join(config.sweep.grids)}")
    for comparison in comparisons:
        setting = NEEDED.get(comparison.metric)
        if setting and not getattr(config.sweep.grids[comparison.grid], setting):
            raise UserError(f"{path}: grids.{comparison.grid} must set {setting}, which {comparison.metric} needs")
    return config, comparisons


def page(config: SweepConfig, comparisons: Sequence[Comparison], rows: Sequence[TrialResult]) -> str:
    """Return the page of published results as Markdown. `rows` are the results of all runs."""
    lines = [INTRODUCTION]
    for comparison in comparisons:
        ours = [row for row in rows if row.grid == comparison.grid]
        seeds = _seeds(comparison, ours)
        best = (min if comparison.better == "lower" else max)(map(mean, seeds.values()))
        lines += [f"## {comparison.quantity}", "", HEADING]
        lines += [f"| {of.model} | {comparison.text(of.value)} | | | {of.source} |" for of in comparison.published]
        for variant, values in seeds.items():
            cost = _cost(config, variant, ours)
            lines.append(f"| `{variant}` | {comparison.mean_text(values)} | {len(values)} | {cost} | this project |")
        lines += ["", f"{comparison.goal_text(best)} {comparison.protocol}", ""]
    return "\n".join(lines)


def _seeds(comparison: Comparison, rows: Sequence[TrialResult]) -> dict[str, list[float]]:
    """Return one value per seed, keyed by variant. If a seed has several results, one per class, they are averaged."""
    values: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        values[row.variant][row.seed].append(comparison.factor * float(row.results[comparison.metric]))
    return {variant: [mean(found) for found in by_seed.values()] for variant, by_seed in values.items()}


def _cost(config: SweepConfig, variant: str, rows: Sequence[TrialResult]) -> str:
    """Return the training cost per seed in 10¹² multiply-adds, or an empty string for a model fitted in closed form."""
    spec, row = config.variants[variant], next(row for row in rows if row.variant == variant)
    if spec.train is None:
        return ""
    images = config.images[row.dataset.partition(":")[0]]  # all classes together are the data set
    encoder, decoder = map(multiply_adds, spec.network.layers(images.shape))
    work = encoder + spec.samples * decoder
    return f"{PASSES * work * images.count * row.epochs / 1e12:,.1f}"
