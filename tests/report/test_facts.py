"""Tests of comparisons as texts, on records with known answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import synthetic

from hourglass.metrics import METRICS
from hourglass.records.sweep import TrialResult
from hourglass.report import ReportInputs, SweepResults
from hourglass.report.facts import Facts, conclusion
from hourglass.stats import Runs, compare, compare_with_constant, holm
from hourglass.stats.significance import Difference

INPUTS = synthetic.inputs(("linear", "denoising", "selu", "selu_2", "pca"))


class WithRuns(ReportInputs):
    """Records whose metrics are replaced."""

    runs: dict[str, Runs]


def facts(**values: dict[str, Sequence[float]]) -> Facts:
    """Return facts about variants whose metrics are listed by seed."""
    inputs = WithRuns(*vars(replace(INPUTS, variants={name: INPUTS.variants[name] for name in values})).values())
    inputs.__dict__["runs"] = {
        name: Runs(
            {key: of[0] for key, of in metrics.items()},
            {seed: {key: of[seed] for key, of in metrics.items()} for seed in range(len(next(iter(metrics.values()))))},
        )
        for name, metrics in values.items()
    }
    return Facts(inputs)


def runs(*values: float) -> Runs:
    return Runs({"mse": values[0]}, {seed: {"mse": value} for seed, value in enumerate(values)}, pairing="network")


@pytest.mark.parametrize(
    ("first", "text"),
    [
        ((0.010, 0.0101, 0.0099), "better (−51 % to −49 %, n = 3)"),
        ((0.030, 0.0303, 0.0297), "worse (+49 % to +51 %, n = 3)"),
        ((0.019, 0.021, 0.0206), "not significantly different (−12 % to +14 %, n = 3)"),
    ],
)
def test_a_conclusion_names_direction_interval_and_number_of_seeds(first: Sequence[float], text: str) -> None:
    difference = compare(runs(*first), runs(0.020, 0.0202, 0.0198), "mse")
    low, high = (100 * bound / 0.02 for bound in difference.interval or ())
    assert conclusion(difference, METRICS["mse"]) == text
    assert text.split("(")[1].startswith(f"{low:+.0f} % to {high:+.0f} %".replace("-", "−"))


def test_a_conclusion_has_the_unit_of_its_metric_and_names_what_is_not_tested_or_corrected() -> None:
    psnr = compare_with_constant([16.0, 16.5, 17.0], 15.0)
    assert conclusion(psnr, METRICS["gaussian_psnr"]) == "better (+0.26 to +2.74 dB, n = 3)"
    in_domain = conclusion(compare_with_constant([0.1, 0.101], 0.5), METRICS["in_domain_mse"])
    assert in_domain.startswith("lower ")  # neither end is better in the table
    difference = Difference([1.5, 1.6], [1.0, 1.0], (0.4, 0.6), 0.08, "Welch's t-test")
    expected = "not significantly different (+40 % to +60 %, n = 2, p = 0.08 after correction)"
    assert conclusion(difference, METRICS["mse"]) == expected
    assert conclusion(Difference([0.1], [0.2], (-0.2, -0.1)), METRICS["mse"]).startswith("better (bootstrap")
    assert conclusion(Difference([0.1], [0.2]), METRICS["mse"]) == "not tested (one run each)"


def test_the_best_ties_with_variants_that_are_not_significantly_different_without_a_large_spread() -> None:
    ranked = facts(linear={"knn": (0.90, 0.91, 0.92)}, selu={"knn": (0.80, 0.81, 0.82)}, pca={"knn": (0.1, 0.9, 0.9)})
    assert ranked.rankings["knn"].best == "linear"
    assert ranked.rankings["knn"].ties == {}
    tied = facts(linear={"knn": (0.50, 0.51, 0.52)}, selu={"knn": (0.90, 0.91, 0.89)}, pca={"knn": (0.89, 0.92, 0.86)})
    assert tied.rankings["knn"].best == "selu"
    assert list(tied.rankings["knn"].ties) == ["pca"]
    assert facts(linear={"mse": (0.01,)}).winners == {}


def test_output_worse_than_the_unprocessed_images_needs_a_significant_difference() -> None:
    level = INPUTS.baselines.corrupted["occlusion"].input["psnr"]
    below = {"occlusion_psnr": (level - 1, level - 1.1, level - 0.9)}
    mixed = {"occlusion_psnr": (level - 1, level - 1, level + 0.9)}
    worse = facts(linear=below, selu=mixed, pca={"occlusion_psnr": (level - 5,)}).worse_than_unprocessed("occlusion")
    assert [text.split()[0] for text in worse] == ["linear"]


def test_latent_dim_pairs_differ_in_nothing_else() -> None:
    inputs: Any = synthetic.inputs(("linear", "selu", "selu_2", "selu_denoising", "pca"))
    assert Facts(inputs).pairs == [("selu_2", "selu")]
    selu = inputs.variants["selu"]
    network = selu.config.network.model_copy(update={"latent": 4})
    middle = replace(selu, config=selu.config.model_copy(update={"network": network}))
    pairs = Facts(replace(inputs, variants=inputs.variants | {"selu_4": middle})).pairs
    assert pairs == [("selu_2", "selu_4"), ("selu_2", "selu"), ("selu_4", "selu")]
    longer = replace(selu, config=selu.config.model_copy(update={"seed": 1}))
    assert Facts(replace(inputs, variants=inputs.variants | {"selu": longer})).pairs == []


def test_the_comparisons_of_the_questions_are_corrected_together() -> None:
    keys = ("in_domain_mse", "mse", "gaussian_psnr", "active_units", "knn", "silhouette", "in_domain_knn")
    draw = np.random.default_rng(0)
    values = {name: {key: tuple(draw.normal(size=5)) for key in keys} for name in ("linear", "denoising")}
    values["denoising"]["mse"] = tuple(value + 3 for value in values["linear"]["mse"])
    compared = facts(**values)
    raw = {key: compare(compared.inputs.runs["denoising"], compared.inputs.runs["linear"], key) for key in keys}
    maps = INPUTS.baselines.corrupted["gaussian"].reduced_rank["8"]
    filtered = compare_with_constant(values["denoising"]["gaussian_psnr"], maps["psnr"])
    expected = holm({**raw, "linear map": filtered})
    assert {key: compared.family["denoising", "linear", key] for key in keys} == {key: expected[key] for key in keys}
    assert compared.family["denoising", "linear map", "gaussian_psnr"].p == expected["linear map"].p
    assert compared.sign("denoising", "linear", "mse") == 1
    assert "All p-values of the 8 comparisons in these answers are raised by Holm's method" in compared.method


def test_one_class_results_are_averaged_over_the_classes() -> None:
    def trial(label: int, seed: int, auroc: float) -> TrialResult:
        return TrialResult("one_class", f"digits:{label}", "linear", 8, "", 5, seed, "", {"classes_error_auroc": auroc})

    complete = [trial(label, seed, 0.9 + seed / 10 + label / 1000 + 0.0001) for seed in (0, 1) for label in range(10)]
    found = replace(INPUTS, sweep=SweepResults([*complete, trial(0, 2, 0.1)]))  # seed 2 lacks nine classes
    assert Facts(found).one_class == {"linear": "0.955 ± 0.071 (n = 2)"}
    assert "one_class" not in found.grids
