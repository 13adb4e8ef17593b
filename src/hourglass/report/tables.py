"""Tables of variants and baselines, and their conversion to Markdown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import NamedTuple

from hourglass.metrics import METRICS, Metric, Row
from hourglass.records import Baselines
from hourglass.records.base import Metrics
from hourglass.stats import Runs


class Cell(NamedTuple):
    """Table cell: the value of a metric, its formatted text, and whether it is the best in its column."""

    value: float | None
    text: str
    best: bool = False


@dataclass(frozen=True)
class Table:
    """Table with one column per metric, one row per variant or baseline, and notes on some variants."""

    title: str
    columns: Sequence[Metric]
    rows: Mapping[str, Sequence[Cell]]
    notes: Mapping[str, str]
    baselines: Mapping[str, Sequence[Cell]]


def text_of(values: Sequence[float], metric: Metric) -> str:
    """Format the mean and standard deviation of a metric, as in `0.0190 ± 0.0007`. A deviation of 0 is omitted."""
    text = metric.text(mean(values) if values else None)
    if len(values) < 2 or not (deviation := stdev(values)):
        return text
    return f"{text} ± {deviation_text(deviation, metric.format.lstrip('z'))}"


def deviation_text(deviation: float, form: str) -> str:
    """Format a positive standard deviation with `form`, such as `.4f`, or as `<0.0001` if it would round to zero."""
    text = format(deviation, form)
    return text if re.search("[1-9]", text) else "<" + re.sub(r"0(?=%?$)", "1", text)


def collapsed_text(runs: Runs) -> str:
    """Return `collapsed` if all runs collapsed, `1 of 3 runs collapsed` if some did, and an empty string otherwise."""
    collapsed = runs.values("collapsed")
    if not any(collapsed):
        return ""
    return "collapsed" if all(collapsed) else f"{sum(map(bool, collapsed))} of {len(collapsed)} runs collapsed"


def make_table(
    title: str, columns: Sequence[Metric], runs: Mapping[str, Runs], baselines: Mapping[str, Row] | None = None
) -> Table:
    """Build a table of metrics. Metrics that no variant has and baselines without any values are omitted."""
    columns = [metric for metric in columns if any(of.values(metric.key) for of in runs.values())]
    cells: dict[str, list[Cell]] = {name: [] for name in runs}
    for metric in columns:
        means = {name: of.mean(metric.key) for name, of in runs.items()}
        best = metric.best(means.values())
        for name, of in runs.items():
            is_best = best is not None and metric.text(means[name]) == metric.text(best)
            cells[name].append(Cell(means[name], text_of(of.values(metric.key), metric), is_best))
    below = {}
    for name, row in (baselines or {}).items():
        if any(metric.key in row for metric in columns):
            texts = {metric.key: metric.text(row[metric.key]) for metric in columns if metric.key in row}
            below[name] = [Cell(row.get(metric.key), texts.get(metric.key, "")) for metric in columns]
    notes = {name: note for name, of in runs.items() if (note := collapsed_text(of))}
    return Table(title, columns, cells, notes, below)


def baseline_rows(baselines: Baselines, frechet_test_halves: float) -> dict[str, Row]:
    """Return the available metrics of each baseline, keyed by baseline.

    The last row, for real images, holds the Fréchet distance between two halves of the test set.
    """
    of = baselines.corrupted
    classified = {**baselines.originals, "prediction_agreement": 1.0} if baselines.originals else {}
    rows: dict[str, Row] = {
        "unprocessed images": {**_denoised({name: one.input for name, one in of.items()}), **classified},
        "best linear filter": _denoised({name: one.linear_filter for name, one in of.items()}),
        "best linear filter, clipped": _denoised({name: one.linear_filter_clipped for name, one in of.items()}),
    }
    for rank in sorted({int(rank) for one in of.values() for rank in one.reduced_rank}):
        denoised = _denoised({name: one.reduced_rank[str(rank)] for name, one in of.items()})
        rows[f"best linear map of rank {rank}"] = {"latent_dim": rank, **denoised}
    if baselines.pixels:
        rows["pixels as codes"] = {"latent_dim": baselines.values, **baselines.pixels}
    keys = [key for key in METRICS if "frechet_" in key]
    return rows | {"real images (test halves)": dict.fromkeys(keys, frechet_test_halves)}


def _denoised(scores: Mapping[str, Metrics]) -> dict[str, float]:
    """Flatten scores, keyed by corruption and then by metric, into one row with keys such as `gaussian_psnr`."""
    return {f"{name}_{key}": value for name, of in scores.items() for key, value in of.items()}


def markdown(table: Table, padded: bool = False) -> str:
    """Format a table as Markdown with the best values in bold. If `padded`, align columns and use short headings."""
    lines = [["variant", *(column.short if padded else column.title for column in table.columns)]]
    for name, cells in table.rows.items():
        label = f"{name} ({table.notes[name]})" if name in table.notes else name
        lines.append([label, *(f"**{cell.text}**" if cell.best else cell.text for cell in cells)])
    lines += [[f"*{name}*", *(cell.text for cell in cells)] for name, cells in table.baselines.items()]
    widths = [max(map(len, column)) if padded else 0 for column in zip(*lines, strict=True)]
    rule = ["-" * max(3, widths[0]), *(f"{'-' * max(3, width - 1)}:" for width in widths[1:])]
    aligned = [
        [f"{line[0]:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))]
        for line in (lines[0], rule, *lines[1:])
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in aligned)
