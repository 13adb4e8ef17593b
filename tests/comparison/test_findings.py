"""Sentences follow from the figures: they flip when the order flips, and pass no verdict where the spread covers it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hourglass import metrics
from hourglass.records import Baselines, Corrupted, History, ThroughTraining
from hourglass.report import Pair, findings
from hourglass.report.findings import Course
from hourglass.stats.significance import Known
from hourglass.stats.similarity import Alike

NOISY_INPUT = {"psnr": 12.79, "ssim": 0.3}
BASELINES = Baselines(
    mean_image={},
    originals={"label_accuracy": 0.9},
    corrupted={
        "gaussian": Corrupted(
            input=NOISY_INPUT,
            linear_filter={"psnr": 19.1, "ssim": 0.558},
            linear_filter_clipped={},
            reduced_rank={"8": {"psnr": 15.6}},
        ),
        "occlusion": Corrupted(input={"psnr": 13.0}, linear_filter={}, linear_filter_clipped={}, reduced_rank={}),
    },
    pca={},
)
USUAL: dict[str, Any] = {metric.key: 0.5 for metric in metrics.METRICS} | {
    "mse": 0.02,
    "own_mse": 0.02,
    "gaussian": 15.0,
    "occlusion": 14.0,
    "latent": 8,
    "parameters": 1000,
    "collapsed": 0,
}
SPREAD = 0.01  # of a figure, between three seeds


def known(closed_form: bool = False, **figures: Any) -> Known:
    """Of three trainings that spread a little. figures: by metric, a mean, or one value a seed."""
    seeds: dict[int, dict[str, Any]] = {seed: dict(USUAL) for seed in range(3)}
    for key, value in figures.items():
        if isinstance(value, Sequence):
            spread = value
        else:  # a count is the same for all
            spread = [value if isinstance(value, int) else value * (1 + SPREAD * step) for step in (-1, 0, 1)]
        for seed, one in enumerate(spread):
            seeds[seed][key] = one
    return Known(seeds[1], {} if closed_form else seeds, closed_form=closed_form)


def once(**figures: Any) -> Known:
    """Of a single training, without its test images."""
    return Known(USUAL | figures)


LEVEL = (1.0, 1.1, 0.9)


def covering(key: str, level: float) -> Known:
    """Spread so wide, and in another order than that of `known`, that nothing can be told of this level."""
    return known(**{key: [level * factor for factor in LEVEL]})


def history(test_losses: Sequence[tuple[int, float]]) -> History:
    """A training whose test losses are (epoch, mean squared error), and whose training losses settle at once."""
    epochs = range(1, test_losses[-1][0] + 1)
    measured = dict(test_losses)
    return History(epochs, {"train_mse": [0.5] * len(epochs), "test_mse": [measured.get(epoch) for epoch in epochs]})


def course(corruption: str = "none", test_losses: Sequence[tuple[int, float]] = ((60, 0.5),), **through: Any) -> Course:
    usual = {"wrong_class": 0.2, "first_epoch": 10, "epochs": 51, "at_mean_image": 0, "first_image_wrong": 3}
    return Course(corruption, history(test_losses), ThroughTraining(**(usual | through)))


def said(
    about: str,
    pairs: Sequence[Pair] = (),
    courses: Mapping[str, Course] | None = None,
    alike: Sequence[Alike] = (),
    **evidence: Known,
) -> str:
    """The only sentence with these words."""
    usual = {name: course() for name in evidence if not evidence[name].closed_form}
    sentences = findings(evidence, BASELINES, pairs, usual | dict(courses or {}), alike)
    (sentence,) = [sentence for sentence in sentences if about in sentence]
    return sentence


def test_convolutional_better_or_worse_than_linear_or_neither() -> None:
    larger = {"latent": 10, "parameters": 7400}
    better = said("The convolutional", linear=known(mse=0.02), convolutional=known(mse=0.015, **larger))
    assert "reconstructs better than the linear one: test MSE 0.0150 ± 0.0002 against 0.0200 ± 0.0002 (-25 %)" in better
    assert better.endswith("a code of 10 numbers against 8 and 7.4 times the parameters (3 trainings each).")
    worse = said("The convolutional", linear=known(mse=0.015), convolutional=known(mse=0.02))
    assert "reconstructs worse than the linear one: test MSE 0.0200 ± 0.0002 against 0.0150 ± 0.0002 (+33 %)" in worse
    neither = said("The convolutional", linear=known(mse=0.02), convolutional=covering("mse", 0.0201))
    assert "reconstructs neither better nor worse than the linear one" in neither
    assert neither.endswith("(no difference that 3 trainings each show).")


def test_one_training_each_without_a_spread_passes_no_verdict() -> None:
    undecided = said("The convolutional", linear=once(mse=0.02), convolutional=once(mse=0.01))
    assert "reconstructs better or worse than the linear one: test MSE 0.0100 against 0.0200" in undecided
    assert undecided.endswith("(no difference that one training each shows).")


@pytest.mark.parametrize(
    ("about", "key"),
    [("On its own task", "own_mse"), ("On clean images", "mse")],
)
def test_denoising_is_compared_on_its_own_task_and_on_clean_images(about: str, key: str) -> None:
    usual = known(**{key: 0.02})
    worse = said(about, linear=usual, denoising=known(**{key: 0.0208}))
    assert "worse than linear: test MSE 0.0208 ± 0.0002 against 0.0200 ± 0.0002 (+4 %)" in worse
    assert "better than linear" in said(about, linear=usual, denoising=known(**{key: 0.019}))
    assert "neither better nor worse than linear" in said(about, linear=usual, denoising=covering(key, 0.0201))


def test_denoising_restores_better_or_worse_than_linear() -> None:
    better = said("restores", linear=known(gaussian=15.0), denoising=known(gaussian=16.5))
    assert better == (
        "From images with Gaussian noise denoising restores better than linear: 16.50 ± 0.16 against 15.00 ± 0.15 dB "
        "(3 trainings each)."
    )
    assert "restores worse than" in said("restores", linear=known(gaussian=16.5), denoising=known(gaussian=15.0))
    covered = said("restores", linear=known(gaussian=15.0), denoising=covering("gaussian", 15.1))
    assert "restores neither better nor worse than" in covered


def test_denoising_is_held_against_linear_maps_of_its_size_and_without_a_bottleneck() -> None:
    above = said("linear map", linear=known(), denoising=known(gaussian=17.0, gaussian_ssim=0.664))
    assert above == (
        "On images with Gaussian noise (12.79 dB as they are) denoising beats the best linear map through a code of its"
        " size: 17.00 ± 0.17 dB against 15.60 dB; the best linear filter, which has no bottleneck, reaches 19.10 dB "
        "(3 trainings). By SSIM that is 0.664 ± 0.007, of the filter 0.558."
    )
    assert "denoising does not reach" in said("linear map", linear=known(), denoising=known(gaussian=15.0))
    assert "cannot be told from" in said("linear map", linear=known(), denoising=known(gaussian=[15.5, 15.7, 15.8]))


def test_what_is_worse_than_the_images_left_alone_is_said() -> None:
    rows = {"selu": known(occlusion=12.0), "linear": known(occlusion=13.5), "pca": known(True, occlusion=12.5)}
    assert said("left as they are", **rows) == (
        "Images with occlusion are better left as they are (13.00 dB) than given to selu (12.00 ± 0.12 dB), pca "
        "(12.50 dB), with every training of each."
    )
    one_seed_helps = {"selu": known(occlusion=[12.0, 12.0, 13.1]), "linear": known()}
    sentences = findings(one_seed_helps, BASELINES, [], {name: course() for name in one_seed_helps})
    assert not [sentence for sentence in sentences if "left as they are" in sentence]


def test_sentences_without_their_variants_are_left_out() -> None:
    assert findings({"pca": known(True)}, BASELINES, [], {}) == []
    assert findings({"selu": known()}, BASELINES, [CLEAN], {"selu": course()}) == []


@pytest.mark.parametrize(
    ("knn", "silhouette", "verdicts"),
    [(0.8, 0.7, ("better", "better")), (0.6, 0.4, ("worse", "worse")), (0.8, 0.4, ("better", "worse"))],
)
def test_which_code_keeps_the_classes_by_either_figure(
    knn: float, silhouette: float, verdicts: tuple[str, str]
) -> None:
    plain, other = known(knn=0.7, silhouette=0.5), known(knn=knn, silhouette=silhouette)
    sentence = said("keeps the classes", linear=plain, denoising=other)
    assert sentence.startswith(
        f"Of clean images the code of denoising keeps the classes by 10-NN accuracy {verdicts[0]} than that of linear, "
        f"{knn:.3f} ± {knn / 100:.3f} against 0.700 ± 0.007 (3 trainings each), and by silhouette {verdicts[1]} than "
    )


def test_a_spread_covers_which_code_keeps_the_classes() -> None:
    plain = known(knn=0.7, silhouette=0.5)
    wide = known(knn=[0.71 * factor for factor in LEVEL], silhouette=[0.51 * factor for factor in LEVEL])
    assert said("keeps the classes", linear=plain, denoising=wide).count("neither better nor worse") == 3


def test_codes_of_the_own_input_are_compared_as_well() -> None:
    own = {"own_knn": 0.8, "own_silhouette": 0.7}
    sentence = said("keeps the classes", linear=known(own_knn=0.7, own_silhouette=0.5), denoising=known(**own))
    assert "each is trained on, better than that of linear by 10-NN accuracy, 0.800 ± 0.008 against 0.700" in sentence


def test_whether_two_codes_are_the_same_is_said() -> None:
    alike = [Alike("linear", "denoising", 0.91, 0.02, 0.43, 1000)]
    sentence = said("CKA", alike=alike, linear=known(), denoising=known())
    assert "the codes of linear and denoising are the same to a CKA of 0.91 (1 where equal, 0.02 between" in sentence
    assert "43% are the same in both, among the first 1,000 test images" in sentence


@pytest.mark.parametrize(("distance", "verdict"), [(12.0, "farther from real ones"), (18.0, "closer to real ones")])
def test_whose_generated_images_are_closer_to_real_ones(distance: float, verdict: str) -> None:
    rows = {
        "convolutional_denoising": known(frechet_gaussian=distance),
        "denoising_vae": known(frechet_gaussian=15.0, frechet_prior=71.1),
    }
    sentence = said("Fréchet", **rows)
    assert f"a fitted Gaussian are {verdict} than those of convolutional_denoising: Fréchet distance 15.0" in sentence
    assert "From its own prior variational reaches 71.1 ± 0.7" in sentence


def test_a_spread_covers_whose_generated_images_are_closer() -> None:
    rows = {
        "convolutional_denoising": known(frechet_gaussian=15.0),
        "denoising_vae": covering("frechet_gaussian", 15.1),
    }
    assert "are neither farther from real ones nor closer to real ones than" in said("Fréchet", **rows)


def test_codes_are_ranked_with_those_that_share_a_place() -> None:
    codes = {"a": known(knn=0.7), "b": known(knn=0.9), "pca": known(True, knn=0.8), "c": known(knn=[0.88, 0.92, 0.86])}
    sentence = said("in this order", **codes)
    assert "in this order: b (0.900 ± 0.009), c (0.887 ± 0.031), pca (0.800), a (0.700 ± 0.007)" in sentence
    assert "The first place is b or c's, the last a's" in sentence
    assert "better than the yardstick, pca, are 2 of 3 (3 trainings each)" in sentence


CLEAN = Pair("selu_2", "selu", "none")
NOISY = Pair("selu_denoising_2", "selu_denoising", "gaussian_occlusion")


def test_a_smaller_code_reconstructs_worse_or_better_or_neither() -> None:
    small = known(own_mse=0.0343, latent=2, wrong_class=0.216)
    large = known(own_mse=0.017, latent=6, wrong_class=0.058)
    worse = said("selu_2, with", [CLEAN], selu=large, selu_2=small)
    assert worse == (
        "selu_2, with a code of 2 numbers, reconstructs worse than selu, with 6: test MSE 0.0343 ± 0.0003 against "
        "0.0170 ± 0.0002 (+102 %) (3 trainings each); in the end its images show another class than the originals more "
        "often: 21.6% ± 0.2% against 5.8% ± 0.1% (3 trainings each)."
    )
    better = said("selu_2, with", [CLEAN], selu=small, selu_2=large)
    assert "reconstructs better than selu" in better
    assert "less often: 5.8%" in better
    covered = said("selu_2, with", [CLEAN], selu=known(own_mse=0.02), selu_2=covering("own_mse", 0.0201))
    assert "reconstructs neither better nor worse than selu" in covered


def test_a_pair_is_judged_on_what_it_was_trained_on() -> None:
    sentence = said("selu_denoising_2, with", [NOISY], selu_denoising=known(latent=6), selu_denoising_2=known(latent=2))
    assert "selu_denoising_2, with a code of 2 numbers, cleans images of noise and occlusion" in sentence


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
    courses = {"selu_2": course(test_losses=smaller), "selu": course(test_losses=larger)}
    sentence = said("settles", [CLEAN], courses, selu=known(latent=6), selu_2=known(latent=2))
    assert f"The test loss of selu_2 settles {verdict} that of selu" in sentence
    # 0.1 + 1/57 is within 5 % of 0.1 + 1/60 only from epoch 45 on: 1/45 - 1/60 < 0.05 (0.1 + 1/60)
    epochs = {id(SOON): 15, id(LATE): 45, id(HARDLY_LATER): 20}
    assert f"from epoch {epochs[id(smaller)]} on, against epoch {epochs[id(larger)]} (one training each)" in sentence


@pytest.mark.parametrize(
    "last", [LATE[:3], [(epoch, 1 / epoch**2) for epoch in range(1, 61)]], ids=["short", "falling"]
)
def test_a_loss_that_still_falls_has_not_settled(last: list[tuple[int, float]]) -> None:
    courses = {"selu_2": course(test_losses=SOON), "selu": course(test_losses=last)}
    found = findings({"selu": known(), "selu_2": known()}, BASELINES, [CLEAN], courses)
    assert not [sentence for sentence in found if "settles" in sentence]


def test_how_often_cleaned_images_change_class() -> None:
    noisy = course("gaussian_occlusion", wrong_class=0.155, first_image_wrong=12)
    sentence = said("first test image", (), {"selu_denoising": noisy}, selu_denoising=known(wrong_class=0.16))
    assert sentence == (
        "Of the test images that selu_denoising cleans of noise and occlusion 16.0% ± 0.2% show another class than the "
        "original in the end (3 trainings), where the classifier itself errs on 10.0% of originals; of the first test "
        "images 15.5% do, on average of the 51 epochs from the 10th on, and of the first one alone, on which the sheet "
        "counts, in 12 of these epochs (one training)."
    )
    short = course("gaussian_range", epochs=1, first_epoch=2, first_image_wrong=0)
    sentence = said("cleans of", (), {"denoising": short}, denoising=known())
    assert sentence.endswith("where the classifier itself errs on 10.0% of originals.")


def test_a_plateau_is_named() -> None:
    stuck = course(test_losses=[(50, 0.02)], at_mean_image=30)
    sentence = said("stays at", (), {"convolutional": stuck}, convolutional=known())
    assert sentence.startswith("convolutional stays at the mean image for 30 of its 50 epochs (one training)")


def test_a_loss_measured_seldom_has_not_settled_earlier_by_one_measurement() -> None:
    every_ten = [(epoch, 1.0 if epoch < 20 else 0.5) for epoch in (1, *range(10, 51, 10))]
    later = [(epoch, 1.0 if epoch < 30 else 0.5) for epoch in (1, *range(10, 51, 10))]
    courses = {"selu_2": course(test_losses=every_ten), "selu": course(test_losses=later)}
    assert "about as early as" in said("settles", [CLEAN], courses, selu=known(), selu_2=known())


def test_some_trainings_that_collapsed_are_counted() -> None:
    sentence = said("ollapsed", linear=known(collapsed=[0, 0, 1]), selu=known())
    assert sentence.endswith("trained for long enough: linear (1 of 3 collapsed).")


def test_collapsed_variants_are_named() -> None:
    rows = {"linear": known(collapsed=1), "pca": known(True), "selu": known(collapsed=1)}
    assert said("ollapsed", **rows) == (
        "Collapsed to hardly better than the mean image, or not trained for long enough: linear and selu."
    )
