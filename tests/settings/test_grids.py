"""Grids of the sweep: invalid ones are refused in one line with their key."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.params import Hardware

Changed = Callable[[dict[str, Any]], Path]
DIMS, NOISE = "sweep.grids.latent_dim", "sweep.grids.noise"

INVALID = {
    "unknown variant": ({f"{DIMS}.variants": ["lineal"]}, rf"{DIMS}\.variants: 'lineal' is not a variant; known are"),
    "unknown data set": ({f"{DIMS}.datasets": ["cifar"]}, rf"{DIMS}\.datasets\.0 is 'cifar'; must be .*'mnist'"),
    "no data set": ({f"{DIMS}.datasets": []}, rf"{DIMS}\.datasets is \[\]; must list at least one"),
    "negative seed": ({f"{DIMS}.seeds": [0, -1]}, rf"{DIMS}\.seeds\.1 is -1; must be .*or equal to 0"),
    "one end of a range": ({f"{NOISE}.sigma_range": [0.1]}, rf"{NOISE}\.sigma_range\.1 is missing"),
    "reversed range": ({f"{NOISE}.sigma_range": [0.5, 0.1]}, rf"{NOISE}: sigma_range must list its lower end first"),
    "noise without noise": ({f"{DIMS}.sigma": [0.1]}, rf"{DIMS}\.sigma: linear has corruption none; sigma needs"),
    "noise for all": ({f"{NOISE}.variants": None}, rf"{NOISE}\.sigma: linear has corruption none"),
    "latent dimension beyond PCA": ({f"{DIMS}.latent": [785]}, rf"{DIMS}: pca: latent is 785, but .* 784 values"),
    "repeated seed": ({f"{DIMS}.seeds": [0, 1, 0]}, rf"{DIMS}: seeds lists a value twice"),
    "two dimensions": ({f"{NOISE}.latent": [2, 8]}, rf"{NOISE}: several values of both latent and sigma"),
    "more than memory": (
        {f"{DIMS}.latent": [10**7], f"{DIMS}.variants": ["linear"]},
        rf"{DIMS}: linear: needs at least [\d,.]+ GB of memory",
    ),
}


@pytest.mark.parametrize("what", INVALID)
def test_an_invalid_grid_is_refused_in_one_line(changed_params: Changed, what: str) -> None:
    changes, message = INVALID[what]
    with pytest.raises(UserError, match=rf"params\.yaml: {message}") as caught:
        params.load(changed_params(changes), Hardware(8 * 10**9, cuda=False))
    assert len(str(caught.value).splitlines()) == 1


def test_the_occluded_square_must_fit_the_images_of_every_data_set(
    changed_params: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], shape=(1, 28, 11)))
    with pytest.raises(UserError) as caught:
        params.load(changed_params({f"{DIMS}.datasets": ["mnist", "digits"]}))
    (line,) = str(caught.value).splitlines()
    reason = "noise.occlusion is 12 pixels; must be smaller than the shorter side of the 11×28 images of digits"
    assert line.endswith(f"{DIMS}.datasets: {reason}")


def test_cells_combine_all_values_and_change_the_variant(changed_params: Changed) -> None:
    loaded = params.load(changed_params({f"{NOISE}.sigma": [0.1], f"{NOISE}.latent": [3]}))
    fixed, drawn = loaded.sweep.grids["noise"].cells(tuple(loaded.variants))
    assert (fixed.sigma, drawn.sigma) == (0.1, (0.1, 0.5))
    variant = loaded.variants["convolutional_denoising"]
    changed = drawn.apply(variant)
    assert (changed.corruption, changed.network.latent, changed.train.epochs) == ("gaussian_range", 3, 5)
    assert fixed.apply(variant).corruption == "gaussian"


def test_an_empty_sweep_is_valid(changed_params: Changed) -> None:
    assert params.load(changed_params({"sweep.grids": {}})).sweep.datasets == ()
