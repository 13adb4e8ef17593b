"""Sentences follow from the figures: they flip when the order flips."""

from collections.abc import Sequence
from typing import Any

import pytest

from hourglass import comparison
from hourglass.comparison import Pair
from hourglass.records import Baselines, Corrupted, History

BASELINES = Baselines(
    mean_image={},
    originals={"class_kept": 0.9},
    corrupted={
        "gaussian": Corrupted(
            linear_filter={"psnr": 18.84}, input={"psnr": 12.79}, linear_filter_clipped={}, reduced_rank={}
        ),
        "occlusion": Corrupted(
            linear_filter={"psnr": 1.0}, input={"psnr": 2.0}, linear_filter_clipped={}, reduced_rank={}
        ),
    },
    pca={},
)


def _row(mse: float = 0.02, gaussian: float = 15.0, **others: Any) -> dict[str, Any]:
    return {
        "mse": mse,
        "gaussian": gaussian,
        "latent": 8,
        "parameters": 1000,
        "knn": 0.7,
        "map_knn": 0.6,
        "silhouette": 0.1,
        "frechet": 3.0,
        "frechet_uniform": 9.0,
        "wrong_class": 0.2,
        "class_kept": 0.8,
        "gaussian_occlusion": 14.0,
        "collapsed": False,
    } | others


CLEAN = Pair("selu_2", "selu", "none")
NOISY = Pair("selu_denoising_2", "selu_denoising", "gaussian_occlusion")


def _history(test_losses: Sequence[tuple[int, float]]) -> History:
    """A training whose test losses are (epoch, mean squared error), and whose training losses settle at once."""
    epochs = range(1, test_losses[-1][0] + 1)
    measured = dict(test_losses)
    return History(epochs, {"train_mse": [0.5] * len(epochs), "test_mse": [measured.get(epoch) for epoch in epochs]})


def _findings(
    rows: dict[str, dict[str, Any]],
    pairs: Sequence[Pair] = (),
    test_losses: dict[str, list[tuple[int, float]]] | None = None,
) -> list[str]:
    """test_losses: of variants whose training is not simply one of sixty epochs."""
    histories = {name: _history([(epoch, 0.5) for epoch in range(1, 61)]) for name in rows}
    own = {name: _history(curve) for name, curve in (test_losses or {}).items()}
    return comparison.findings(rows, BASELINES, pairs, histories | own)


def _said(about: str, pairs: tuple[Pair, ...] = (), **rows: dict[str, Any]) -> str:
    (sentence,) = [sentence for sentence in _findings(rows, pairs) if about in sentence]
    return sentence


def test_convolutional_better_or_worse_than_linear() -> None:
    better = _said("The convolutional", linear=_row(0.02), convolutional=_row(0.015, latent=10, parameters=7400))
    assert "reconstructs better than the linear one: test MSE 0.0150 against 0.0200 (-25 %)" in better
    assert "a code of 10 numbers against 8 and 7.4 times the parameters" in better
    worse = _said("The convolutional", linear=_row(0.015), convolutional=_row(0.02))
    assert "reconstructs worse than the linear one: test MSE 0.0200 against 0.0150 (+33 %)" in worse


def test_denoising_above_or_below_the_linear_filter() -> None:
    above = _said("filter", linear=_row(), denoising=_row(gaussian=19.34))
    assert "(12.79 dB) denoising beats the best linear filter: 19.34 dB against 18.84 dB (+0.50 dB)" in above
    below = _said("filter", linear=_row(), denoising=_row(gaussian=17.84))
    assert "denoising does not reach the best linear filter: 17.84 dB against 18.84 dB (-1.00 dB)" in below
    equal = _said("filter", linear=_row(), denoising=_row(gaussian=18.8399))
    assert "denoising equals the best linear filter: 18.84 dB against 18.84 dB (+0.00 dB)" in equal


@pytest.mark.parametrize(
    ("mse", "gaussian", "changes"),
    [(0.022, 18.0, ("(+10 %)", "(+3.00 dB)")), (0.018, 14.0, ("(-10 %)", "(-1.00 dB)"))],
)
def test_what_noise_in_training_changed(mse: float, gaussian: float, changes: tuple[str, str]) -> None:
    sentence = _said("Training on noisy images", linear=_row(), denoising=_row(mse, gaussian))
    assert all(change in sentence for change in changes)


def test_sentences_without_their_variants_are_left_out() -> None:
    assert _findings({"pca": _row()}) == []
    assert _findings({"selu": _row()}, [CLEAN]) == []
    assert len(_findings({"linear": _row(), "pca": _row()})) == 1
    assert len(_findings({"linear": _row(), "convolutional": _row()})) == 2
    everything = {name: _row() for name in ("linear", "denoising", "convolutional")}
    assert len(_findings(everything)) == 5


@pytest.mark.parametrize(
    ("knn", "map_knn", "verdict"),
    [
        (0.8, 0.7, "better than"),
        (0.6, 0.5, "worse than"),
        (0.8, 0.5, "about as well as"),
        (0.6, 0.7, "about as well as"),
        (0.7001, 0.7, "about as well as"),  # 70.0 % is written twice
        (0.7001, 0.6001, "as well as"),
    ],
)
def test_which_code_organises_the_classes(knn: float, map_knn: float, verdict: str) -> None:
    said = _said("organises", linear=_row(), denoising=_row(knn=knn, map_knn=map_knn))
    assert f"The code of denoising organises the classes {verdict} that of linear" in said
    assert f"{knn:.1%} of the test images against 70.0%, on the map of {map_knn:.1%} against 60.0%" in said


@pytest.mark.parametrize(
    ("frechet", "verdict"),
    [
        (2.0, "closer to real ones than"),
        (4.0, "farther from real ones than"),
        (3.01, "as close to real ones as"),  # 3.0 is written twice
    ],
)
def test_whose_generated_images_are_closer_to_real_ones(frechet: float, verdict: str) -> None:
    rows = {"convolutional_denoising": _row(), "variational": _row(frechet=frechet, frechet_uniform=5.0)}
    said = _said("generates", **rows)
    assert f"Images that variational generates are {verdict} those of convolutional_denoising" in said
    assert f"Fréchet distance {frechet:.1f} against 3.0" in said
    assert "5.0 against 9.0 where codes are drawn uniformly" in said


def test_how_often_cleaned_images_change_class() -> None:
    said = _said("another class", selu_denoising=_row(wrong_class=0.155, latent=2))
    assert "15.5% of the images that selu_denoising cleans" in said
    assert "a code of 2 numbers; the judge itself errs on 10.0% of originals" in said


def test_a_smaller_code_reconstructs_worse_or_better() -> None:
    smaller = _row(0.0343, latent=2, class_kept=0.845, wrong_class=0.216)
    larger = _row(0.017, latent=6, class_kept=0.962, wrong_class=0.058)
    worse = _said("selu_2, with", (CLEAN,), selu=larger, selu_2=smaller)
    assert "selu_2, with a code of 2 numbers, reconstructs worse than selu, with 6" in worse
    assert "test MSE 0.0343 against 0.0170 (+102 %)" in worse
    assert "the original's class in 84.5% of the test images against 96.2%" in worse
    assert "from epoch 10 on another one in 21.6% against 5.8%" in worse
    better = _said("selu_2, with", (CLEAN,), selu=smaller, selu_2=larger)
    assert "reconstructs better than selu" in better
    assert "test MSE 0.0170 against 0.0343 (-50 %)" in better
    equal = _said("selu_2, with", (CLEAN,), selu=_row(0.02001), selu_2=_row(0.02002))
    assert "reconstructs as well as selu" in equal


def test_a_smaller_code_shows_wrong_classes_more_often_or_less_often() -> None:
    smaller = _row(0.0359, latent=2, wrong_class=0.337, gaussian_occlusion=14.13)
    larger = _row(0.0215, latent=6, wrong_class=0.161, gaussian_occlusion=15.96)
    more = _said("another class", (NOISY,), selu_denoising=larger, selu_denoising_2=smaller)
    assert "Images that selu_denoising_2 cleans, with a code of 2 numbers," in more
    assert "more often than those of selu_denoising, with 6: 33.7% against 16.1% from epoch 10 on" in more
    assert "the judge itself errs on 10.0% of originals" in more
    assert "cleaned of noise and occlusion they reach 14.13 dB against 15.96 dB (-1.83 dB)" in more
    assert "test MSE of 0.0359 against 0.0215 (+67 %)" in more
    less = _said("another class", (NOISY,), selu_denoising=smaller, selu_denoising_2=larger)
    assert "less often than those of selu_denoising" in less
    assert "15.96 dB against 14.13 dB (+1.83 dB)" in less
    equal = _said("another class", (NOISY,), selu_denoising=smaller, selu_denoising_2=smaller)
    assert "as often as those of selu_denoising" in equal


def test_a_pair_is_judged_by_the_corruption_it_was_trained_on() -> None:
    rows = {"a": _row(gaussian=17.0, gaussian_occlusion=1.0), "b": _row(gaussian=18.0, gaussian_occlusion=2.0)}
    said = _said("another class", (Pair("a", "b", "gaussian"),), **rows)
    assert "cleaned of Gaussian noise they reach 17.00 dB against 18.00 dB" in said


SOON = [(epoch, 1.0 if epoch < 15 else 0.5) for epoch in range(1, 61)]
HARDLY_LATER = [(epoch, 1.0 if epoch < 20 else 0.5) for epoch in range(1, 61)]
LATE = [(epoch, 0.1 + 1 / epoch) for epoch in range(1, 61)]


@pytest.mark.parametrize(
    ("smaller", "larger", "verdict"),
    [(SOON, LATE, "earlier than"), (LATE, SOON, "later than"), (SOON, HARDLY_LATER, "about as early as")],
)
def test_which_test_loss_settles_earlier(
    smaller: list[tuple[int, float]], larger: list[tuple[int, float]], verdict: str
) -> None:
    rows = {"selu": _row(latent=6), "selu_2": _row(latent=2)}
    found = _findings(rows, [CLEAN], {"selu_2": smaller, "selu": larger})
    (said,) = [sentence for sentence in found if "settles" in sentence]
    assert f"The test loss of selu_2 settles {verdict} that of selu" in said
    # 0.1 + 1/57 is within 5 % of 0.1 + 1/60 only from epoch 45 on: 1/45 - 1/60 < 0.05 (0.1 + 1/60)
    epochs = {id(SOON): 15, id(LATE): 45, id(HARDLY_LATER): 20}
    assert f"from epoch {epochs[id(smaller)]} on, against epoch {epochs[id(larger)]}" in said


@pytest.mark.parametrize(
    "last", [LATE[:3], [(epoch, 1 / epoch**2) for epoch in range(1, 61)]], ids=["short", "falling"]
)
def test_a_loss_that_still_falls_has_not_settled(last: list[tuple[int, float]]) -> None:
    rows = {"selu": _row(latent=6), "selu_2": _row(latent=2)}
    found = _findings(rows, [CLEAN], {"selu_2": SOON, "selu": last})
    assert not [sentence for sentence in found if "settles" in sentence]


SHORT = [(1, 0.1), (2, 0.05)]


def test_a_short_training_is_judged_at_its_end() -> None:
    rows = {"selu_denoising": _row(), "selu": _row(latent=6), "selu_2": _row(latent=1)}
    found = _findings(rows, [CLEAN], dict.fromkeys(rows, SHORT))
    cleaned, pair = (
        next(sentence for sentence in found if start in sentence) for start in ("selu_denoising cleans", "selu_2, with")
    )
    assert cleaned.startswith("After the last epoch 20.0% of the images")
    assert "selu_2, with a code of 1 number," in pair
    assert "and after the last epoch another one" in pair


def test_other_variants_have_no_say_in_when_wrong_classes_were_counted() -> None:
    rows = {name: _row() for name in ("linear", "selu", "selu_2", "selu_denoising", "selu_denoising_2")}
    for short, others in ((("selu", "selu_2"), NOISY), (("selu_denoising", "selu_denoising_2"), CLEAN)):
        found = _findings(rows, [CLEAN, NOISY], dict.fromkeys(short, SHORT))
        (pair,) = [said for said in found if short[1] in said and "another" in said and "settles" not in said]
        (longer,) = [said for said in found if others.smaller in said and "another" in said and "settles" not in said]
        assert "after the last epoch" in pair
        assert "from epoch 10 on" not in pair
        assert "from epoch 10 on" in longer
        assert "after the last epoch" not in longer
    (alone,) = [said for said in _findings(rows, [CLEAN], {"selu_denoising": SHORT}) if "selu_denoising cleans" in said]
    assert alone.startswith("After the last epoch 20.0%")


@pytest.mark.parametrize(("epochs", "when"), [(9, "after the last epoch"), (10, "from epoch 10 on")])
def test_ten_epochs_are_enough_to_count_from_the_tenth(epochs: int, when: str) -> None:
    found = _findings({"selu_denoising": _row()}, (), {"selu_denoising": [(epochs, 0.5)]})
    assert found[0].startswith(when.capitalize())


def test_of_a_pair_of_unequal_trainings_each_is_told() -> None:
    shares = {"selu_denoising": _row(wrong_class=0.16), "selu_denoising_2": _row(wrong_class=0.34)}
    (noisy,) = [said for said in _findings(shares, [NOISY], {"selu_denoising": SHORT}) if "cleans" in said]
    assert "34.0% from epoch 10 on against 16.0% after the last epoch, where the judge" in noisy
    shares = {"selu": _row(wrong_class=0.06), "selu_2": _row(wrong_class=0.22)}
    (clean,) = [said for said in _findings(shares, [CLEAN], {"selu_2": SHORT}) if "reconstructs" in said]
    assert clean.endswith("and another one in 22.0% after the last epoch against 6.0% from epoch 10 on.")


def test_codes_are_ranked_by_what_their_neighbours_tell() -> None:
    codes = {"a": 0.7, "b": 0.9, "pca": 0.8, "c": 0.8501, "d": 0.8502}
    said = _said("Ten nearest", **{name: _row(knn=share) for name, share in codes.items()})
    assert said == (
        "Ten nearest neighbours in the code tell the class best with b (90.0% of the test images), then with d and c "
        "(85.0%), pca (80.0%), worst with a (70.0%); better than pca, the yardstick, do 3 of 4."
    )


def test_a_ranking_of_two_and_one_of_equals() -> None:
    assert _said("Ten nearest", a=_row(knn=0.5), b=_row(knn=0.6)) == (
        "Ten nearest neighbours in the code tell the class best with b (60.0% of the test images), worst with a "
        "(50.0%)."
    )
    assert _said("Ten nearest", a=_row(), b=_row(), pca=_row()) == (
        "Ten nearest neighbours in the code tell the class equally well with a, b and pca (70.0% of the test images); "
        "better than pca, the yardstick, do 0 of 2."
    )


def test_collapsed_variants_are_named() -> None:
    rows = {"linear": _row(collapsed=True), "pca": _row(), "selu": _row(collapsed=True)}
    assert _said("ollapsed", **rows).endswith("mean image: linear, selu.")
