"""A sweep that cannot be is refused in one line that names the place in params.yaml."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.validation import Machine

Changed = Callable[[dict[str, Any]], Path]
SIZES, NOISE = "sweep.grids.latent_dim", "sweep.grids.noise"

WRONG = {
    "unknown variant": ({f"{SIZES}.variants": ["linear", "lineal"]}, rf"{SIZES}\.variants: 'lineal' is no variant"),
    "unknown data set": ({f"{SIZES}.datasets": ["cifar"]}, rf"{SIZES}\.datasets\.0 is 'cifar', but .*'mnist'"),
    "only a wrong seed": ({f"{SIZES}.seeds": [-1]}, rf"{SIZES}\.seeds\.0 is -1, but .*or equal to 0"),
    "no data set": ({f"{SIZES}.datasets": []}, rf"{SIZES}\.datasets is \[\], but .*at least 1"),
    "no seed": ({f"{SIZES}.seeds": []}, rf"{SIZES}\.seeds is \[\], but .*at least 1"),
    "seeds left out": ({f"{SIZES}.seeds": "DELETE"}, rf"{SIZES}\.seeds is missing"),
    "negative seed": ({f"{SIZES}.seeds": [0, -1]}, rf"{SIZES}\.seeds\.1 is -1, but .*or equal to 0"),
    "no code": ({f"{SIZES}.latent": [2, 0]}, rf"{SIZES}\.latent\.1 is 0, but .*greater than 0"),
    "no epoch": ({f"{SIZES}.epochs": 0}, rf"{SIZES}\.epochs is 0, but .*greater than 0"),
    "no noise": ({f"{NOISE}.sigma": [0.1, 0.0]}, rf"{NOISE}\.sigma\.1 is 0\.0, but .*greater than 0"),
    "noise below nothing": ({f"{NOISE}.sigma_range": [-0.1, 0.5]}, rf"{NOISE}\.sigma_range\.0 is -0\.1, but .*than 0"),
    "half a range": ({f"{NOISE}.sigma_range": [0.1]}, rf"{NOISE}\.sigma_range\.1 is missing"),
    "noise for what has none": (
        {f"{SIZES}.sigma": [0.1]},
        rf"{SIZES}\.sigma: linear is trained with the corruption none, and sigma is for gaussian",
    ),
    "a range for what has none": (
        {f"{NOISE}.variants": ["denoising", "selu_denoising"]},
        rf"{NOISE}\.sigma: selu_denoising is trained with the corruption gaussian_occlusion, and sigma is for gaussian",
    ),
    "noise for all variants": ({f"{NOISE}.variants": None}, rf"{NOISE}\.sigma: linear is trained with .* none"),
    "a code beyond pca": ({f"{SIZES}.latent": [2, 785]}, rf"{SIZES}: pca: network\.latent is 785, .*784"),
    "unknown setting": (
        {f"{SIZES}.latents": [2]},
        rf"{SIZES}\.latents is not a known setting; perhaps latent is meant",
    ),
    "the same seed twice": ({f"{SIZES}.seeds": [0, 1, 0]}, rf"{SIZES}: seeds lists the same twice"),
    "a variant twice": ({f"{SIZES}.variants": ["pca", "pca"]}, rf"{SIZES}: variants lists the same twice"),
    "sizes and noise in one": ({f"{NOISE}.latent": [2, 8]}, rf"{NOISE}: it has several code sizes and several"),
    "a range the wrong way round": ({f"{NOISE}.sigma_range": [0.5, 0.1]}, rf"{NOISE}: sigma_range has its lower end"),
    "no thread": ({"sweep.resources.cpus": 0}, r"sweep\.resources\.cpus is 0, but .*or equal to 1"),
    "less than no GPU": ({"sweep.resources.gpus": -0.5}, r"sweep\.resources\.gpus is -0\.5, but .*or equal to 0"),
    "fewer than no retries": ({"sweep.retries": -1}, r"sweep\.retries is -1, but .*or equal to 0"),
    "measured under no noise": ({"sweep.noise": [0]}, r"sweep\.noise\.0 is 0, but .*greater than 0"),
    "no sweep": ({"sweep": "DELETE"}, "sweep is missing"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line_that_names_it(changed_params: Changed, what: str) -> None:
    changes, message = WRONG[what]
    with pytest.raises(UserError, match=rf"params\.yaml: {message}") as caught:
        params.load(changed_params(changes))
    assert len(str(caught.value).splitlines()) == 1


def test_a_training_that_no_memory_holds_is_refused(changed_params: Changed) -> None:
    path = changed_params({f"{SIZES}.latent": [2, 10**7]} | {f"{SIZES}.variants": ["linear"]})
    with pytest.raises(UserError, match=rf"params\.yaml: {SIZES}: linear ") as caught:
        params.load(path, Machine(8 * 2**30, cuda=False))
    assert len(str(caught.value).splitlines()) == 1


def test_a_range_whose_ends_are_one_or_in_no_order_is_refused_or_drawn(changed_params: Changed) -> None:
    found = params.load(changed_params({f"{NOISE}.sigma_range": [0.2, 0.2]}))
    assert found.sweep.grids["noise"].sigmas == (0.1, 0.3, 0.5, (0.2, 0.2))


def test_a_sweep_of_nothing_is_one(changed_params: Changed) -> None:
    assert params.load(changed_params({"sweep.grids": {}})).sweep.datasets == ()
