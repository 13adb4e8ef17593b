"""Grids of the sweep: invalid ones are refused in one line with their key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from committed import VARIANTS

from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.models.spec import NetworkSpec
from hourglass.settings.grids import Grid
from hourglass.settings.params import Hardware, Params
from hourglass.settings.variant import Variant

Validated = Callable[..., Params]
DIMS, NOISE = "sweep.grids.latent_dim", "sweep.grids.noise"

INVALID: list[tuple[dict[str, Any], str]] = [
    ({f"{DIMS}.variants": ["lineal"]}, f"{DIMS}.variants: 'lineal' is not a variant; known are"),
    ({f"{DIMS}.datasets": ["cifar"]}, f"{DIMS}.datasets: 'cifar' is not a built-in data set"),
    ({f"{DIMS}.datasets": []}, f"{DIMS}.datasets is []; must list at least one"),
    ({f"{DIMS}.seeds": [0, -1]}, f"{DIMS}.seeds.1 is -1; must be"),
    ({f"{DIMS}.seeds": [0, 1, 0]}, f"{DIMS}: seeds lists a value twice"),
    ({f"{NOISE}.sigma_range": [0.1]}, f"{NOISE}.sigma_range.1 is missing"),
    ({f"{NOISE}.sigma_range": [0.5, 0.1]}, f"{NOISE}: sigma_range must list its lower end first"),
    ({f"{NOISE}.variants": None}, f"{NOISE}.sigma: linear has corruption none; sigma needs gaussian"),
    ({f"{NOISE}.corruption": "none"}, f"{NOISE}.sigma: convolutional_denoising has corruption none; sigma needs"),
    ({f"{NOISE}.latent": [2, 8]}, f"{NOISE}: several values of both latent and sigma"),
    ({f"{NOISE}.updates": 100}, f"{NOISE}: epochs and updates are both set; remove one"),
    ({f"{NOISE}.epochs": None, f"{NOISE}.updates": 9, f"{NOISE}.one_class": True}, f"{NOISE}: one_class and updates"),
    ({f"{NOISE}.one_class": True, f"{NOISE}.likelihood": 9}, f"{NOISE}: one_class and likelihood are both set; "),
    ({f"{NOISE}.likelihood": 9}, f"{NOISE}: convolutional_denoising: likelihood needs code gaussian"),
    ({f"{DIMS}.loss": "hinge"}, f"{DIMS}.loss is 'hinge'; must be 'absolute_error', "),
    ({f"{NOISE}.loss": "elbo"}, f"{NOISE}: convolutional_denoising: loss elbo is not defined for"),
    ({f"{DIMS}.variants": ["vae"], f"{DIMS}.code": "none"}, f"{DIMS}: vae: loss elbo is not defined for code none"),
    ({f"{DIMS}.variants": ["pca"], f"{DIMS}.code": "none"}, f"{DIMS}: pca: "),
    ({f"{DIMS}.latent": [785]}, f"{DIMS}: pca: latent is 785, but "),
    ({f"{DIMS}.latent": [10**7], f"{DIMS}.variants": ["linear"]}, f"{DIMS}: linear: needs at least "),
]


@pytest.mark.parametrize(("changes", "message"), INVALID)
def test_an_invalid_grid_is_refused_in_one_line(validated: Validated, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        validated(changes, Hardware(8 * 10**9, cuda=False))
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"params.yaml: {message}")


def test_the_occluded_square_must_fit_the_images_of_every_data_set(
    validated: Validated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], shape=(1, 28, 11)))
    reason = r"noise.occlusion is 12 pixels; must be smaller than the shorter side of the 11×28 images of digits"
    with pytest.raises(UserError, match=rf"^params\.yaml: {DIMS}\.datasets: {reason}$"):
        validated({f"{DIMS}.datasets": ["mnist", "digits"]})


def test_a_grid_changes_code_loss_and_corruption() -> None:
    variant = applied({"code": "none", "loss": "cross_entropy", "corruption": "occlusion"}, "linear")
    assert isinstance(variant.network, NetworkSpec)
    assert (variant.network.code, variant.loss, variant.corruption) == ("none", "cross_entropy", "occlusion")


@pytest.mark.parametrize(
    ("variant", "latent", "encoder", "decoder"),
    [
        ("linear", 2, (128, 64, 32, 16), (8, 32, 64, 128)),
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
    return cell.apply(VARIANTS[variant], 60_000)


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
