"""Which variants differ in the size of their code alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hourglass.report import Pair, latent_dim_pairs
from hourglass.settings.params import Params, load
from hourglass.settings.stage_configs import TrainConfig, resolve


def _trainings(params: Params) -> dict[str, TrainConfig]:
    """How each variant is trained, overrides merged, as the stage `settings` writes it."""
    found = {name.removeprefix("train/"): settings for name, settings in resolve(params).items()}
    return {name: settings for name, settings in found.items() if isinstance(settings, TrainConfig)}


def _pairs(params: Params) -> list[Pair]:
    return latent_dim_pairs(_trainings(params))


def test_padovas_two_codes_are_pairs_and_nothing_else_is() -> None:
    assert _pairs(load()) == [
        Pair("selu_2", "selu", "none"),
        Pair("selu_denoising_2", "selu_denoising", "gaussian_occlusion"),
    ]


def test_with_one_size_for_all_there_is_no_pair(changed_params: Callable[[dict[str, Any]], Path]) -> None:
    assert _pairs(load(changed_params({"model.latent": 2}))) == []


def test_another_setting_that_differs_parts_them_unless_it_is_overridden(
    changed_params: Callable[[dict[str, Any]], Path],
) -> None:
    longer = {"variants.selu_2.train.epochs": 61}
    assert [pair.smaller for pair in _pairs(load(changed_params(longer)))] == ["selu_denoising_2"]
    assert len(_pairs(load(changed_params(longer | {"train.epochs": 5})))) == 2


def test_every_two_of_three_sizes_are_a_pair_the_smaller_code_first(
    changed_params: Callable[[dict[str, Any]], Path],
) -> None:
    trainings = _trainings(load(changed_params({"variants.selu_denoising.corruption": "none"})))
    variants = {name: trainings[name] for name in ("selu", "selu_2", "pca")}
    network = variants["selu"].network.model_copy(update={"latent": 4})
    variants["selu_4"] = variants["selu"].model_copy(update={"network": network})
    expected = [("selu_2", "selu_4"), ("selu_2", "selu"), ("selu_4", "selu")]
    assert [(pair.smaller, pair.larger) for pair in latent_dim_pairs(variants)] == expected


def test_a_closed_form_is_no_part_of_a_pair() -> None:
    pca = _trainings(load())["pca"]
    smaller = pca.model_copy(update={"network": pca.network.model_copy(update={"latent": 2})})
    assert latent_dim_pairs({"pca": pca, "pca_2": smaller}) == []
