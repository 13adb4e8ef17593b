"""Published results: their settings, the page, and that the committed page shows the committed table."""

from copy import deepcopy
from typing import Any

import pytest
import yaml

from hourglass import published
from hourglass.errors import UserError
from hourglass.paths import PUBLISHED_PAGE, PUBLISHED_TABLE
from hourglass.published import Comparison
from hourglass.records import sweep as records
from hourglass.records.sweep import TrialResult
from hourglass.settings.stage_configs import SweepConfig

CONTENT, PARAMS = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (published.FILE, published.PARAMS))


@pytest.fixture(scope="module")
def loaded() -> tuple[SweepConfig, list[Comparison]]:
    return published.load()


def test_the_committed_page_shows_the_committed_table(loaded: tuple[SweepConfig, list[Comparison]]) -> None:
    config, comparisons = loaded
    rows = records.load(PUBLISHED_TABLE)
    assert PUBLISHED_PAGE.read_text(encoding="utf-8") == published.page(config, comparisons, rows)
    for name, grid in config.sweep.grids.items():
        for variant in grid.variants or ():
            seeds = grid.seeds if config.variants[variant].train else grid.seeds[:1]
            found = [row for row in rows if (row.grid, row.variant) == (name, variant)]
            assert len(found) == len(seeds) * (10 if grid.one_class else 1)
            assert {row.seed for row in found} == set(seeds)


def row(variant: str, seed: int, value: float, dataset: str = "mnist") -> TrialResult:
    return TrialResult("latent_30", dataset, variant, 30, "", 30, seed, "key", {"mse": value})


def test_means_over_classes_and_seeds(loaded: tuple[SweepConfig, list[Comparison]]) -> None:
    config, comparisons = loaded
    (first,) = [comparison for comparison in comparisons if comparison.grid == "latent_30"]
    rows = [row("convolutional_30", 0, 0.002), row("convolutional_30", 0, 0.004, "mnist:1")]
    rows += [row("convolutional_30", 1, 0.005), row("pca_30", 0, 0.01)]
    lines = published.page(config, [first], rows).splitlines()
    # means of the seeds: 784 · (0.003, 0.005) = (2.352, 3.92); t = 12.706, standard error 0.784
    (trained,) = [line for line in lines if line.startswith("| `convolutional_30` | 3.14 (-6.83 to 13.10) | 2 | ")]
    assert "| `pca_30` | 7.84 | 1 |  | this project |" in lines
    assert any(line.startswith("Goal: at most 2.00, not met. ") for line in lines)
    layers = (32 * 16 * 14 * 14, 32 * 64 * 16 * 7 * 7, 64 * 49 * 256, 256 * 30)  # encoder, mirrored by the decoder
    assert trained.split(" | ")[3] == f"{3 * 2 * sum(layers) * 60_000 * 30 / 1e12:,.1f}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grids": None}, r"has \w+, \w+; must have variants, grids and comparisons"),
        ({"variants": 3}, "variants must be a block of settings"),
        ({"variants": {"a": {}}}, r"variants\.a\.network is missing"),
        (
            {"grids": {"a": {"seeds": [0], "datasets": ["mnits"]}}},
            r"sweep\.grids\.a\.datasets: 'mnits' is not a built-in",
        ),
        (
            {"grids": {"a": {"seeds": [0], "datasets": ["mnist"], "variants": ["pca_30"], "latent": [2, 64]}}},
            r"grids\.a must list exactly one data set, ",
        ),
        ({"grids": {"a": {"seeds": [0], "datasets": ["mnist"]}}}, "latent_30 is not a grid; known are a"),
        (
            {"comparisons": [CONTENT["comparisons"][0] | {"metric": "negative_log_likelihood"}]},
            r"grids\.latent_30 must set likelihood, which negative_log_likelihood needs",
        ),
        ({"comparisons": [{}]}, r"comparisons\.0\.quantity is missing"),
        (
            {"comparisons": [CONTENT["comparisons"][0] | {"metric": "mes"}]},
            r"comparisons\.0\.metric.* mes is not a metric",
        ),
        ({"comparisons": [CONTENT["comparisons"][0] | {"format": "zz"}]}, r"comparisons\.0\.format"),
    ],
)
def test_invalid_settings_are_named(change: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {key: value for key, value in (CONTENT | change).items() if value is not None}
    files = {published.FILE: content, published.PARAMS: deepcopy(PARAMS)}
    monkeypatch.setattr(published, "read", files.__getitem__)  # without the seconds of a YAML parser
    with pytest.raises(UserError, match=rf"published\.yaml: {message}"):
        published.load()


def test_a_goal_is_met_in_its_direction() -> None:
    fields = CONTENT["comparisons"][0] | {"format": ".1f", "goal": 2.0}
    lower, higher = (Comparison.model_validate({**fields, "better": better}) for better in ("lower", "higher"))
    texts = [of.goal_text(value) for of in (lower, higher) for value in (1.9, 2.1)]
    limits = [f"Goal: at {limit} 2.0, " for limit in ("most", "most", "least", "least")]
    assert texts == [f"{limit}{met}." for limit, met in zip(limits, ("met", "not met", "not met", "met"), strict=True)]
