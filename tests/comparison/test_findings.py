"""Sentences follow from the figures: they flip when the order flips."""

from typing import Any

import pytest

from hourglass import comparison

BASELINES = {"originals": {"class_kept": 0.9}, "gaussian": {"linear_filter": {"psnr": 18.84}, "input": {"psnr": 12.79}}}


def _row(mse: float = 0.02, gaussian: float = 15.0, **others: Any) -> dict[str, Any]:
    return {
        "mse": mse,
        "gaussian": gaussian,
        "latent": 8,
        "parameters": 1000,
        "knn": 0.7,
        "purity": 0.6,
        "silhouette": 0.1,
        "frechet": 3.0,
        "frechet_uniform": 9.0,
        "wrong_class": 0.2,
        "collapsed": False,
    } | others


def _said(about: str, **rows: dict[str, Any]) -> str:
    (sentence,) = [sentence for sentence in comparison.findings(rows, BASELINES) if about in sentence]
    return sentence


def test_convolutional_better_or_worse_than_linear() -> None:
    better = _said("onvolutional", linear=_row(0.02), convolutional=_row(0.015, latent=10, parameters=7400))
    assert "reconstructs better than the linear one: test MSE 0.0150 against 0.0200 (-25 %)" in better
    assert "a code of 10 numbers against 8 and 7.4 times the parameters" in better
    worse = _said("onvolutional", linear=_row(0.015), convolutional=_row(0.02))
    assert "reconstructs worse than the linear one: test MSE 0.0200 against 0.0150 (+33 %)" in worse


def test_denoising_above_or_below_the_linear_filter() -> None:
    above = _said("filter", linear=_row(), denoising=_row(gaussian=19.34))
    assert "(12.79 dB) denoising beats the best linear filter: 19.34 dB against 18.84 dB (+0.50 dB)" in above
    below = _said("filter", linear=_row(), denoising=_row(gaussian=17.84))
    assert "denoising does not reach the best linear filter: 17.84 dB against 18.84 dB (-1.00 dB)" in below


@pytest.mark.parametrize(
    ("mse", "gaussian", "changes"),
    [(0.022, 18.0, ("(+10 %)", "(+3.00 dB)")), (0.018, 14.0, ("(-10 %)", "(-1.00 dB)"))],
)
def test_what_noise_in_training_changed(mse: float, gaussian: float, changes: tuple[str, str]) -> None:
    sentence = _said("Training on noisy images", linear=_row(), denoising=_row(mse, gaussian))
    assert all(change in sentence for change in changes)


def test_sentences_without_their_variants_are_left_out() -> None:
    assert comparison.findings({"pca": _row()}, BASELINES) == []
    assert comparison.findings({"linear": _row(), "pca": _row()}, BASELINES) == []
    assert len(comparison.findings({"linear": _row(), "convolutional": _row()}, BASELINES)) == 1
    everything = {name: _row() for name in ("linear", "denoising", "convolutional")}
    assert len(comparison.findings(everything, BASELINES)) == 4


@pytest.mark.parametrize(
    ("knn", "purity", "verdict"),
    [
        (0.8, 0.7, "better than"),
        (0.6, 0.5, "worse than"),
        (0.8, 0.5, "about as well as"),
        (0.6, 0.7, "about as well as"),
    ],
)
def test_which_code_organises_the_classes(knn: float, purity: float, verdict: str) -> None:
    said = _said("organises", linear=_row(), denoising=_row(knn=knn, purity=purity))
    assert f"The code of denoising organises the classes {verdict} that of linear" in said
    assert f"{knn:.1%} of the test images against 70.0%, on the map of {purity:.1%} against 60.0%" in said


@pytest.mark.parametrize(("frechet", "verdict"), [(2.0, "closer to"), (4.0, "farther from")])
def test_whose_generated_images_are_closer_to_real_ones(frechet: float, verdict: str) -> None:
    rows = {"convolutional_denoising": _row(), "variational": _row(frechet=frechet, frechet_uniform=5.0)}
    said = _said("generates", **rows)
    assert f"are {verdict} real ones" in said
    assert f"Fréchet distance {frechet:.1f} against 3.0" in said
    assert "5.0 against 9.0 where codes are drawn uniformly" in said


def test_how_often_cleaned_images_change_class() -> None:
    said = _said("another class", selu_denoising=_row(wrong_class=0.155, latent=2))
    assert "15.5% of the images that selu_denoising cleans" in said
    assert "a code of 2 numbers; the judge itself errs on 10.0% of originals" in said


def test_collapsed_variants_are_named() -> None:
    rows = {"linear": _row(collapsed=True), "pca": _row(), "selu": _row(collapsed=True)}
    assert _said("ollapsed", **rows).endswith("mean image: linear, selu.")
