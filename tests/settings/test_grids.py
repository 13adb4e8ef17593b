"""Grids of the sweep: invalid ones are refused in one line with their key."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT

from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.models.spec import NetworkSpec
from hourglass.settings import params
from hourglass.settings.grids import Grid
from hourglass.settings.params import Hardware
from hourglass.settings.variant import Variant

Changed = Callable[[dict[str, Any]], Path]
DIMS, NOISE = "sweep.grids.latent_dim", "sweep.grids.noise"

INVALID = {
    "unknown variant": ({f"{DIMS}.variants": ["lineal"]}, rf"{DIMS}\.variants: 'lineal' is not a variant; known are"),
    "unknown data set": ({f"{DIMS}.datasets": ["cifar"]}, rf"{DIMS}\.datasets: 'cifar' is not a built-in data set"),
    "no data set": ({f"{DIMS}.datasets": []}, rf"{DIMS}\.datasets is \[\]; must list at least one"),
    "negative seed": ({f"{DIMS}.seeds": [0, -1]}, rf"{DIMS}\.seeds\.1 is -1; must be .*or equal to 0"),
    "one end of a range": ({f"{NOISE}.sigma_range": [0.1]}, rf"{NOISE}\.sigma_range\.1 is missing"),
    "reversed range": ({f"{NOISE}.sigma_range": [0.5, 0.1]}, rf"{NOISE}: sigma_range must list its lower end first"),
    "noise without noise": ({f"{DIMS}.sigma": [0.1]}, rf"{DIMS}\.sigma: \w+ has corruption none; sigma needs"),
    "noise for all": ({f"{NOISE}.variants": None}, rf"{NOISE}\.sigma: linear has corruption none"),
    "latent dimension beyond PCA": ({f"{DIMS}.latent": [785]}, rf"{DIMS}: pca: latent is 785, but .* 784 values"),
    "epochs and updates": ({f"{NOISE}.updates": 100}, rf"{NOISE}: epochs and updates are both set; remove one"),
    "one class and updates": (
        {f"{NOISE}.epochs": None, f"{NOISE}.updates": 100, f"{NOISE}.one_class": True},
        rf"{NOISE}: one_class and updates are both set; set epochs",
    ),
    "unknown loss": ({f"{DIMS}.loss": "hinge"}, rf"{DIMS}\.loss is 'hinge'; must be 'absolute_error', "),
    "unsuitable loss": ({f"{NOISE}.loss": "elbo"}, rf"{NOISE}: convolutional_denoising: loss elbo is not defined for"),
    "unknown code": (
        {f"{DIMS}.code": "swish"},
        rf"{DIMS}\.code is 'swish'; must be 'none', 'relu', 'softmax', 'gaussian', 'k_sparse' or",
    ),
    "code of a VAE": (
        {f"{DIMS}.variants": ["vae"], f"{DIMS}.code": "none"},
        rf"{DIMS}: vae: loss elbo is not defined for code none; use absolute_error, ",
    ),
    "code of PCA": ({f"{DIMS}.variants": ["pca"], f"{DIMS}.code": "none"}, rf"{DIMS}: pca: "),
    "unknown corruption": ({f"{DIMS}.corruption": "fog"}, rf"{DIMS}\.corruption is 'fog'; must be "),
    "noise without corruption": (
        {f"{NOISE}.corruption": "none"},
        rf"{NOISE}\.sigma: convolutional_denoising has corruption none; sigma needs",
    ),
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
    changed = drawn.apply(variant, 60_000)
    assert (changed.corruption, changed.network.latent, changed.train.epochs) == ("gaussian_range", 3, 5)
    assert fixed.apply(variant, 60_000).corruption == "gaussian"


def test_a_grid_changes_code_loss_and_corruption(changed_params: Changed) -> None:
    changes = {f"{DIMS}.variants": ["linear"], f"{DIMS}.code": "none", f"{DIMS}.loss": "cross_entropy"}
    loaded = params.load(changed_params({**changes, f"{DIMS}.corruption": "occlusion"}))
    (cell, *_) = loaded.sweep.grids["latent_dim"].cells(())
    variant = cell.apply(loaded.variants["linear"], 60_000)
    assert isinstance(variant.network, NetworkSpec)
    assert (variant.network.code, variant.loss, variant.corruption) == ("none", "cross_entropy", "occlusion")


@pytest.mark.parametrize(
    ("variant", "latent", "encoder", "decoder"),
    [
        ("linear", 2, (128, 64, 32, 16), (8, 32, 64, 128)),
        ("linear", 16, (128, 64, 32, 16), (16, 32, 64, 128)),
        ("linear", 64, (128, 64, 64, 64), (64, 64, 64, 128)),
        ("selu", 64, (145, 98, 64), None),
        ("strided", 64, (), None),
    ],
)
def test_dense_layers_widen_with_the_code(
    variant: str, latent: int, encoder: tuple[int, ...], decoder: tuple[int, ...] | None
) -> None:
    network = applied({"latent": [latent]}, variant).network
    assert isinstance(network, NetworkSpec)
    assert network.encoder.dense == encoder
    assert (network.decoder and network.decoder.dense) == decoder


@pytest.mark.parametrize(("variant", "epochs"), [("strided", 5), ("linear", 20), ("selu", 80)])
def test_a_number_of_updates_takes_as_many_epochs_as_contain_it(variant: str, epochs: int) -> None:
    train = applied({"updates": 9375}, variant).train
    assert train is not None
    assert train.epochs == epochs  # 1875, 469 and 118 updates per epoch


def applied(changes: dict[str, Any], variant: str) -> Variant:
    """Return a variant of params.yaml with the settings of a grid of Fashion-MNIST."""
    grid = Grid.model_validate({"datasets": ["fashion_mnist"], "variants": [variant], "seeds": [0], **changes})
    (cell,) = grid.cells(())
    return cell.apply(params.load(ROOT / "params.yaml").variants[variant], 60_000)


@pytest.mark.parametrize(
    ("changes", "overrides"),
    [({}, False), ({"variants": ["linear"], "latent": []}, False), ({"epochs": 3}, True), ({"sigma": [0.1]}, True)],
)
def test_a_grid_without_overrides_has_data_sets_variants_and_seeds_only(
    changes: dict[str, Any], overrides: bool
) -> None:
    grid = Grid.model_validate({"datasets": ["digits"], "seeds": [0], **changes})
    assert grid.overrides == overrides
    assert Grid.model_validate_json(grid.model_dump_json()).overrides == overrides  # where each field is set


def test_an_empty_sweep_is_valid(changed_params: Changed) -> None:
    assert params.load(changed_params({"sweep.grids": {}})).sweep.datasets == ()
