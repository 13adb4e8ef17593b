"""Who is best follows from the figures, and is told only where the trainings tell it."""

from test_findings import BASELINES, covering, known, once

from hourglass.report.best import NAMED, Winner, winners
from hourglass.stats.significance import Known


def said(title: str, **evidence: Known) -> str:
    (found,) = [winner for winner in winners(evidence, BASELINES) if winner.title == title]
    return found.said


def test_the_least_error_reconstructs_best() -> None:
    text = said("Best reconstruction, test MSE", a=known(mse=0.02), b=known(mse=0.01), c=known(mse=0.03))
    assert (
        text
        == "b (0.0100 ± 0.0001); better than all others, of which a (0.0200 ± 0.0002) comes next (3 trainings each)."
    )
    assert said("Best reconstruction, test MSE", a=known(mse=0.005), b=known(mse=0.01)).startswith("a (0.0050")


def test_the_highest_figure_restores_best_and_is_held_against_the_linear_filter() -> None:
    text = said("Best denoiser, restored from Gaussian noise", a=known(gaussian=16.0), b=known(gaussian=18.0))
    assert text.startswith("b (18.00 ± 0.18 dB); better than all others, of which a (16.00 ± 0.16 dB) comes next")
    assert text.endswith(" The best linear filter, which has no bottleneck, reaches 19.10 dB.")


def test_a_spread_covers_who_has_the_best_code() -> None:
    text = said("Best code, 10-NN accuracy", a=known(knn=0.9), b=covering("knn", 0.87), c=known(knn=0.5))
    assert text == "a (0.900 ± 0.009); no difference shows to b (0.870 ± 0.087) (3 trainings each)."


def test_many_that_cannot_be_told_from_the_best_are_counted() -> None:
    rivals = {f"rival {number}": once(knn=0.8) for number in range(NAMED + 1)}
    text = said("Best code, 10-NN accuracy", a=once(knn=0.9), **rivals)
    assert text == f"a (0.900); no difference shows to {NAMED + 1} others (one training each)."


def test_a_single_variant_is_best_at_nothing() -> None:
    assert winners({"a": known()}, BASELINES) == []
    assert all(isinstance(winner, Winner) for winner in winners({"a": known(), "b": known()}, BASELINES))
