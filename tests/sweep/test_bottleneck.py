"""What is said of code sizes and noise follows from the trials, and flips with them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sweeping import row

from hourglass.records.sweep import Trial
from hourglass.report.sweep_findings import bottleneck


def trials(variant: str, errors: dict[int, Sequence[float]]) -> list[Trial]:
    """By code size, the test MSE of each seed."""
    return [row(variant, size, seed, mse=error) for size, values in errors.items() for seed, error in enumerate(values)]


PCA = trials("pca", {2: [0.05], 8: [0.03]})
LINEAR = {2: [0.041, 0.042], 8: [0.029, 0.031]}


def test_a_variant_is_held_against_pca_size_by_size() -> None:
    (said,) = bottleneck(PCA + trials("linear", LINEAR))
    assert said == (
        "After 5 epochs, with 2 seeds, the test MSE of linear is, against pca's, smaller with 2; "
        "smaller or larger, as the seed has it, with 8 numbers in the code."
    )


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ({2: [0.04, 0.049], 8: [0.01, 0.02]}, "smaller with 2 and 8 numbers"),
        ({2: [0.06, 0.051], 8: [0.04, 0.05]}, "larger with 2 and 8 numbers"),
        ({2: [0.06, 0.04], 8: [0.04, 0.02]}, "smaller or larger, as the seed has it, with 2 and 8 numbers"),
        ({2: [0.06, 0.051], 8: [0.02, 0.01]}, "smaller with 8; larger with 2 numbers"),
        ({2: [0.04, 0.041], 8: [0.01, 0.011], 4: [0.9, 0.91]}, "smaller with 2 and 8 numbers"),
    ],
)
def test_the_verdict_flips_with_the_order(errors: dict[int, Sequence[float]], said: str) -> None:
    (sentence,) = bottleneck(PCA + trials("linear", errors))
    assert sentence.endswith(f"against pca's, {said} in the code.")


def test_the_better_of_two_variants_is_named_where_all_its_seeds_are_better() -> None:
    low, high = {2: [0.010, 0.020], 4: [0.01, 0.02]}, {2: [0.021, 0.031], 4: [0.02, 0.03]}
    first, second = bottleneck(trials("linear", low) + trials("strided", high))
    assert first == (
        "After 5 epochs, with 2 seeds, with 2 numbers, linear reconstructs best, before strided: "
        "0.01500 ± 0.00707 against 0.02600 ± 0.00707."
    )
    assert "linear and strided cannot be told apart: 0.01500 ± 0.00707, 0.02500 ± 0.00707" in second
    flipped, _ = bottleneck(trials("linear", high) + trials("strided", low))
    assert "strided reconstructs best, before linear: 0.01500" in flipped


def test_pca_is_no_rival_among_the_trained() -> None:
    said = bottleneck(trials("pca", {2: [0.001], 8: [0.001]}) + trials("linear", LINEAR) + trials("strided", LINEAR))
    assert [sentence for sentence in said if "reconstructs best" in sentence and "pca" in sentence] == []


def test_all_are_rivals_whose_seeds_overlap_with_the_best_not_the_next_alone() -> None:
    spread = {"a": [0.010, 0.012], "b": [0.0121, 0.0123], "c": [0.0101, 0.03]}
    found = [trial for name, errors in spread.items() for trial in trials(name, {2: errors, 8: errors})]
    assert all(" a and c cannot be told apart: " in said for said in bottleneck(found))
    assert len(bottleneck(found)) == 2


def test_nothing_is_said_of_single_trainings() -> None:
    alone = trials("linear", {2: [0.1], 8: [0.2]}) + trials("strided", {2: [0.3], 8: [0.4]})
    assert bottleneck(alone + PCA) == []
    assert len(bottleneck(alone + trials("selu", {2: [0.1, 0.2], 8: [0.1, 0.2]}) + PCA)) == 1  # of selu against pca


def test_seeds_and_epochs_that_differ_are_said_as_they_are() -> None:
    three, two = trials("linear", {2: [0.01] * 3, 8: [0.01] * 3}), trials("strided", {2: [0.02] * 2, 8: [0.02] * 2})
    assert bottleneck(three + two)[0].startswith("After 5 epochs, with 2 to 3 seeds, with 2 numbers, linear")
    longer = [replace(trial, epochs=9) for trial in two]
    assert bottleneck(three + longer)[0].startswith("After 5 to 9 epochs, with 2 to 3 seeds, ")


def noisy(levels: dict[str, Sequence[float]], left: float) -> list[Trial]:
    """By the noise of the training, what each seed restores of noise of 0.3, dB. left: of the noisy images."""
    return [
        row(
            "denoising",
            seed=seed,
            sigma=sigma,
            **{"restored_sigma_0.3_psnr": level, "noisy_sigma_0.3_psnr": left},
        )
        for sigma, values in levels.items()
        for seed, level in enumerate(values)
    ]


def of_strong_noise(levels: dict[str, Sequence[float]], left: float = 10.5) -> str:
    weak, strong = bottleneck(noisy(levels, left))
    assert weak.startswith("After 5 epochs, with 2 seeds, from noise of σ = 0.1 denoising ")
    return strong


def test_the_training_that_restores_best_is_named_where_all_its_seeds_do() -> None:
    assert of_strong_noise({"0.1": [14.0, 14.5], "0.3": [16.0, 17.0]}) == (
        "After 5 epochs, with 2 seeds, from noise of σ = 0.3 denoising restores best where it is trained at 0.3: "
        "16.50 ± 0.71 dB (the noisy images: 10.50 dB)."
    )
    assert "trained at 0.1: 16.50" in of_strong_noise({"0.1": [16.0, 17.0], "0.3": [14.0, 14.5]})
    assert "trained at 0.3 or 0.1: 16.50 ± 0.71 dB, 15.25 ± 1.77 dB" in of_strong_noise(
        {"0.1": [14.0, 16.5], "0.3": [16.0, 17.0]}
    )


def test_a_restoration_that_does_not_help_is_said() -> None:
    levels = {"0.1": [14.0, 14.5], "0.3": [16.0, 17.0]}
    ends = {15.9: " dB).", 16.5: ", with some seeds no better than the images left as they are."}
    ends[20.0] = "), worse than the images left as they are."
    for left, end in ends.items():
        assert of_strong_noise(levels, left).endswith(end)


def test_nothing_is_said_of_what_was_not_swept() -> None:
    assert bottleneck([]) == []
    assert bottleneck([row("linear"), row("linear", seed=1), row("pca")]) == []
