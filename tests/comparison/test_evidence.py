"""Which differences figures show: those beyond the spread over seeds, or beyond that of the test images."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

import pytest
import torch

from hourglass import metrics
from hourglass.report.phrases import metric
from hourglass.stats.significance import Known, compared, plus_minus, text

NONE: dict[str, Any] = {entry.key: None for entry in metrics.METRICS} | {"collapsed": 0}


def sign(a: Known, b: Known, key: str) -> int | None:
    return compared(a, b, key).sign


def trainings(a: Known, b: Known) -> int:
    return compared(a, b, "mse").trainings


def swept(*values: float | None, key: str = "mse") -> Known:
    return Known(NONE | {key: values[0]}, {seed: NONE | {key: value} for seed, value in enumerate(values)})


def once(per_image: Sequence[float], key: str = "mse") -> Known:
    return Known(NONE | {key: mean(per_image)}, per_image={key: torch.tensor(per_image)})


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ((0.30, 0.31, 0.32), (0.20, 0.22, 0.21), 1),
        ((0.20, 0.22, 0.21), (0.30, 0.31, 0.32), -1),
        ((0.30, 0.31, 0.20), (0.20, 0.22, 0.21), 0),  # one seed the other way round
        ((0.300, 0.211, 0.211), (0.21, 0.21, 0.21), 0),  # all the same way, but no more than they differ by chance
        ((0.25, 0.22, 0.23), (0.20, 0.20, 0.20), 0),  # two standard errors are not enough of three
        ((0.31, 0.41, 0.51), (0.30, 0.40, 0.50), 1),  # pairs differ by as much, although the seeds differ by more
        ((0.2, 0.2, 0.2), (0.2, 0.2, 0.2), 0),
    ],
)
def test_seeds_are_paired_and_tell_by_the_t_test(a: tuple[float, ...], b: tuple[float, ...], found: int) -> None:
    assert sign(swept(*a), swept(*b), "mse") == found
    assert trainings(swept(*a), swept(*b)) == 3


def test_seeds_that_only_one_has_are_left_out() -> None:
    one, other = swept(0.3, 0.31, 0.1), swept(0.2, 0.21)
    assert compared(one, other, "mse").first == [0.3, 0.31]
    assert compared(one, other, "mse").sign == 1
    assert trainings(one, other) == 2


def test_a_closed_form_is_the_same_for_every_seed() -> None:
    pca = Known(NONE | {"mse": 0.25}, {0: NONE | {"mse": 0.25}}, closed_form=True)
    assert sign(swept(0.20, 0.21, 0.22), pca, "mse") == -1
    assert sign(pca, swept(0.20, 0.21, 0.22), "mse") == 1
    assert sign(swept(0.20, 0.21, 0.26), pca, "mse") == 0
    assert trainings(swept(0.20, 0.21, 0.22), pca) == 3


def test_single_trainings_are_held_to_the_test_images() -> None:
    draw = torch.Generator().manual_seed(0)
    images = torch.rand(400, generator=draw)
    noise = 0.5 * torch.randn(400, generator=draw)
    assert sign(once((images + 0.1).tolist()), once(images.tolist()), "mse") == 1
    assert sign(once(images.tolist()), once((images + 0.1 + noise).tolist()), "mse") == -1
    assert sign(once((images + 0.01 + noise).tolist()), once(images.tolist()), "mse") == 0
    assert trainings(once([1.0]), once([2.0])) == 1


def test_of_what_is_no_mean_over_images_one_training_shows_nothing() -> None:
    assert (
        sign(Known(NONE | {"frechet_gaussian": 1.0}), Known(NONE | {"frechet_gaussian": 9.0}), "frechet_gaussian")
        is None
    )


def test_a_figure_is_shown_with_its_spread() -> None:
    known = swept(0.0190, 0.0200, 0.0213)
    assert known.mean("mse") == mean((0.0190, 0.0200, 0.0213))
    assert text(known, metric("mse")) == "0.0201 ± 0.0012"
    assert text(once([0.02, 0.04]), metric("mse")) == "0.0300"
    assert text(swept(8, 8, key="latent"), metric("latent")) == "8"
    assert text(Known(NONE), metric("frechet_prior")) == "–"


def test_a_spread_below_the_last_digit_is_not_shown_as_none() -> None:
    assert text(swept(0.01220, 0.01221, 0.01222), metric("mse")) == "0.0122 ± <0.0001"
    assert plus_minus("84.0%", 0.0004, ".1%") == "84.0% ± <0.1%"
    assert plus_minus("530", 0.2, ".0f") == "530 ± <1"
    assert plus_minus("100", 10, ".0f") == "100 ± 10"
    assert plus_minus("0.0122", 0, ".4f") == "0.0122 ± 0.0000"


def test_what_a_sweep_does_not_measure_is_the_pipelines() -> None:
    known = Known(NONE | {"mse": 0.5, "map_knn": 0.7}, {seed: {"mse": 0.1 * seed} for seed in (1, 2)})
    assert known.values("map_knn") == [0.7]
    assert known.mean("mse") == pytest.approx(0.15)


def test_several_trainings_of_one_alone_are_left_out_of_figures_and_verdict() -> None:
    images = torch.linspace(0, 1, 100)
    several = Known(
        NONE | {"mse": 0.5}, {seed: NONE | {"mse": 0.9 + 0.01 * seed} for seed in range(3)}, {"mse": images}
    )
    single = once((images + 0.1).tolist())
    pair = compared(several, single, "mse")
    assert (pair.first, pair.second, pair.trainings, pair.sign) == ([0.5], [single.row["mse"]], 1, -1)


def test_trainings_that_collapsed_are_counted() -> None:
    kept = {seed: NONE | {"collapsed": seed == 2} for seed in range(3)}
    assert Known(NONE, kept).collapsed() == "1 of 3 collapsed"
    assert Known(NONE | {"collapsed": True}).collapsed() == "collapsed"
    assert Known(NONE).collapsed() == ""
