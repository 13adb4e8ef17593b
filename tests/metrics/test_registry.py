"""A registered function is all that a metric needs: its key, column, glossary entry and stored value follow."""

from collections.abc import Iterator

import pytest
from torch import Tensor

from hourglass import metrics
from hourglass.corruptions import TESTED
from hourglass.metrics import METRICS, RECONSTRUCTION, TABLES, Metric, Overview, Reconstructions
from hourglass.metrics.registry import register
from hourglass.records import Baselines, PcaBaseline
from hourglass.samplers import SAMPLERS

BASELINES = Baselines(
    mean_image={"mse": 0.08},
    originals={},
    corrupted={},
    pca={str(dim): PcaBaseline(clean={"mse": mse}, clipped={}, corrupted={}) for dim, mse in ((7, 0.05), (8, 0.04))},
    values=784,
    pixels={},
)
VALUES = dict.fromkeys(METRICS, 1.0) | {"mse": 0.02, "latent_dim": 8, "free_dims": 7, "collapsed": False}


def test_metrics_are_described_once_and_shown_in_one_table() -> None:
    for name in ("title", "description"):
        values = [getattr(metric, name) for metric in METRICS.values()]
        assert all(values)
        assert len(set(values)) == len(values)
    assert sorted(metric.key for table in TABLES for metric in metrics.columns(table)) == sorted(METRICS)
    assert all(
        f"- *{metric.title}*: {metric.description}" in metrics.glossary(METRICS.values()) for metric in METRICS.values()
    )


def test_every_corruption_and_sampler_has_its_columns() -> None:
    assert {f"{name}_psnr" for name in TESTED if name != "none"} < set(METRICS)
    assert {key for key in METRICS if key.startswith("frechet_")} == {f"frechet_{name}" for name in SAMPLERS}


def test_a_row_has_every_metric() -> None:
    row = metrics.row(VALUES, BASELINES)
    assert list(row) == [*METRICS, "collapsed"]
    assert row["relative_to_pca"] == pytest.approx(0.4)  # PCA with as many free dimensions, 7
    assert metrics.row(VALUES | {"free_dims": 0}, BASELINES)["relative_to_pca"] == pytest.approx(0.25)
    without = {key: value for key, value in VALUES.items() if key != "frechet_prior"}  # as of most variants
    assert metrics.row(without, BASELINES)["frechet_prior"] is None


def test_the_best_value_is_at_the_better_end() -> None:
    lower, higher, neither = (
        Metric("x", "x", "x", ".2f", "images", better=better)
        for better in ("lower", "higher", None)  # type: ignore[arg-type]
    )
    values = (0.101, None, 0.2)
    assert (lower.best(values), higher.best(values), neither.best(values)) == (0.101, 0.2, None)
    assert lower.best([None]) is None
    assert (lower.text(0.101), lower.text(None)) == ("0.10", "–")
    assert (lower.text(0.0), lower.text(0.00123), lower.text(-0.004)) == ("0.00", "0.0012", "-0.0040")


@pytest.fixture
def brightness(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A metric that is registered for one test."""
    monkeypatch.setattr(RECONSTRUCTION, "functions", dict(RECONSTRUCTION.functions))

    @RECONSTRUCTION.metric("brightness", ".1f", unit="%", better="higher", overview=Overview("bright", ".0f"))
    def brightness(batch: Reconstructions) -> Tensor:
        """Mean pixel of the reconstructions.

        No part of the glossary entry.
        """
        return batch.images.flatten(1).mean(1)

    yield
    del METRICS["brightness"]


@pytest.mark.usefixtures("brightness")
def test_a_new_metric_is_one_function() -> None:
    metric = METRICS["brightness"]
    assert (metric.title, metric.description, metric.table) == (
        "brightness (%)",
        "Mean pixel of the reconstructions.",
        "images",
    )
    assert metric.short == "bright"
    assert metric in metrics.columns("images")
    assert "- *brightness (%)*: Mean pixel of the reconstructions.\n" in metrics.glossary(METRICS.values())


@pytest.mark.usefixtures("brightness")
def test_a_key_is_registered_once() -> None:
    with pytest.raises(ValueError, match="'brightness' is registered twice"):
        register(METRICS["brightness"])
