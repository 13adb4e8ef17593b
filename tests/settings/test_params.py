"""params.yaml: valid settings are loaded unchanged, every problem is one line with its key."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import modify_yaml
from repository import ROOT

from hourglass.corruptions import CORRUPTIONS
from hourglass.corruptions.base import CorruptionKind, StrengthSpec
from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.error_messages import format_value
from hourglass.settings.params import Hardware, Params

Changed = Callable[[dict[str, Any]], Path]
Validated = Callable[..., Params]
LINEAR, STRIDED, PCA = "variants.linear", "variants.strided", "variants.pca"
LAYERS = f"{STRIDED}.network.encoder.convolutions"
RATES = {"stochastic": 0.1, "mini_batch": 1.0, "full_batch": 2.0}
PCA_BLOCK = {"corruption": "none", "loss": "squared_error", "network": {"kind": "pca", "latent": 2}}
HARDWARE = Hardware(25 * 10**9, cuda=False)

INVALID: list[tuple[dict[str, Any], str]] = [
    ({"noise.colour": "pink"}, "noise.colour is not a setting; known settings are fresh, sigma"),
    ({LAYERS: [{"channels": 4, "kernel": 3, "kernal": 5}]}, ".0.kernal is not a setting; did you mean kernel?"),
    ({f"{PCA}.network.code": "relu"}, "network.code is not a setting; known settings are kind, latent"),
    ({"seed": "DELETE"}, "seed is missing"),
    ({f"{LINEAR}.train.epochs": -5}, f"{LINEAR}.train.epochs is -5; must be greater than 0"),
    ({"seed": True}, "seed is true; must be a valid integer"),
    ({"train.learning_rate": "0.1"}, "train.learning_rate is '0.1'; must be a valid number"),
    ({"noise.sigma": float("inf")}, "noise.sigma is Infinity; must be a finite number"),
    ({"noise.fresh": None}, "noise.fresh is null; must be true or false"),
    ({f"{LINEAR}.network": "pca"}, f"{LINEAR}.network is 'pca'; must be a block of settings"),
    ({f"{LINEAR}.network.encoder.dense": 128}, f"{LINEAR}.network.encoder.dense is 128; must be a list"),
    ({f"{LINEAR}.corruption": "../x"}, f"{LINEAR}.corruption is '../x'; must be 'none', 'gaussian'"),
    ({f"{LINEAR}.loss": "elbo"}, f"{LINEAR}: loss elbo is not defined for code relu; use absolute_error"),
    ({f"{PCA}.loss": "cross_entropy"}, f"{PCA}: loss cross_entropy is not defined for code pca; use squared_error"),
    ({f"{LINEAR}.loss_settings": {"weight": 1.0}}, f"{LINEAR}.loss_settings: 'weight' is not a setting"),
    (
        {f"{LINEAR}.loss": "rae_l2", f"{LINEAR}.loss_settings": {"code_weight": -1.0}},
        f"{LINEAR}.loss_settings.code_weight is -1.0; must be greater than or equal to 0",
    ),
    (
        {"variants.denoising_vae.loss": "iwae", "variants.denoising_vae.loss_settings": {"binarise": True}},
        "variants.denoising_vae: loss_settings.binarise needs corruption none, not gaussian",
    ),
    ({f"{LINEAR}.train.patience": 3}, f"{LINEAR}.train: patience needs validation images"),
    ({f"{LINEAR}.train.momentum": 0.5}, f"{LINEAR}.train: momentum is a setting of optimizer sgd"),
    ({f"{LINEAR}.train.schedule": "step"}, f"{LINEAR}.train: schedule is step; step_epochs is"),
    ({f"{LINEAR}.train.warm_up": 51}, f"{LINEAR}.train: warm_up "),
    ({f"{STRIDED}.train.kl_warm_up": 2}, f"{STRIDED}: kl_warm_up weights the KL divergence"),
    ({f"{LINEAR}.pretrained": "a.safetensors"}, f"{LINEAR}.network: pretrained/a.safetensors does not exist"),
    ({f"{LINEAR}.pretrained": "../a.safetensors"}, f"{LINEAR}: pretrained must be the name"),
    ({f"{PCA}.pretrained": "a.safetensors"}, f"{PCA}: pca has no training"),
    (
        {f"{STRIDED}.network.batch_norm": True, f"{STRIDED}.train.batch_size": 1},
        f"{STRIDED}: batch_norm needs batches of at least two images, but batch_size is 1",
    ),
    ({f"{LINEAR}.network.batch_norm": True}, f"{LINEAR}: must not use batch_norm, dropout or loss_settings"),
    ({"sgd_variants.learning_rate.mnits": RATES}, "sgd_variants.learning_rate: 'mnits' is not a data set"),
    ({"sgd_variants.learning_rate": {"mnist": RATES}}, "sgd_variants.learning_rate: default is missing"),
    ({"runtime.device": "cuda"}, "runtime.device is 'cuda'; must be auto or cpu: torch finds no CUDA GPU"),
    ({f"{LINEAR}.train": None}, f"{LINEAR}: a network of kind autoencoder needs a train block"),
    ({f"{PCA}.train": {"epochs": 1, "batch_size": 1, "learning_rate": 0.1}}, "allows no train"),
    ({f"{PCA}.corruption": "gaussian"}, "must be none, not gaussian"),
    (
        {f"{LINEAR}.network.encoder.convolutions": [{"channels": 4, "kernel": 29}]},
        "encoder convolution 1 has kernel 29",
    ),
    ({"model.latent": 785}, f"{PCA}.network: with the overrides (model.latent: 785): latent is 785, but an image"),
    ({"sheets.lmu": ["linear", "lineal"]}, "sheets.lmu: 'lineal' is not a variant; known"),
    ({"variants.selu.network.encoder.dense": [10**8]}, "GB of memory; this machine has 25.0 GB"),
    ({LINEAR: "DELETE"}, "variants: linear is missing; stage sgd-variants trains its network"),
    ({LINEAR: PCA_BLOCK}, f"{LINEAR}.network.kind: must be autoencoder"),
    ({"variants.LineaR": PCA_BLOCK}, "variants: linear and LineaR differ only in case"),
]


@pytest.mark.parametrize(("changes", "message"), INVALID)
def test_a_problem_is_one_line_with_its_key(validated: Validated, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=rf"params\.yaml: .*{re.escape(message)}") as caught:
        validated(changes, HARDWARE)
    assert len(str(caught.value).splitlines()) == 1


def test_settings_are_checked_against_the_images_of_the_data_set(
    validated: Validated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], shape=(1, 12, 9), classes=("even", "odd")))
    changes = {"data.dataset": "digits", "noise.occlusion": 8, "model.latent": 109}
    with pytest.raises(UserError) as caught:
        validated(changes)
    override = "with the overrides (model.latent: 109): "
    assert f"variants.pca.network: {override}latent is 109, but an image of 1×12×9 has 108 values" in str(caught.value)
    assert f"variants.vae.network: {override}decoder convolution 2" in str(caught.value)
    with pytest.raises(
        UserError, match=r"occlusion: 9 pixels; must be smaller than the shorter side of the 9×12 images"
    ):
        validated(changes | {"noise.occlusion": 9, "model.latent": None})


def test_nested_aliases_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)
    ]
    (tmp_path / "params.yaml").write_text("\n".join(lines))
    with pytest.raises(UserError, match=r"params\.yaml contains more than 100,000 values"):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", ["a-b", "größe", "2nd", "../up", "", "a\nb", "x" * 65, "$(ls)", 7, None])
def test_a_variant_needs_a_name_for_files_and_stages(validated: Validated, name: object) -> None:
    with pytest.raises(UserError, match=re.escape(f"variants: {format_value(name)} is not a valid variant name")):
        validated({"variants": {name: PCA_BLOCK}})


def test_all_problems_are_reported_together(validated: Validated) -> None:
    changes = {"seed": -1, "noise.sigma": 0, "model.latent": 1000, "variants.PCA": PCA_BLOCK, "extra": 1}
    with pytest.raises(UserError) as caught:
        validated(changes | {"sweep.retries": -1}, HARDWARE)
    keys = [re.split("[: ]", line.split("params.yaml: ")[1])[0] for line in str(caught.value).splitlines()]
    networks = ["variants.pca.network", "variants.PCA.network"]
    assert keys == ["seed", "noise.sigma", "variants", *networks, "sweep.retries", "extra"]


@pytest.mark.parametrize("value", ["x" * 10_000, list(range(10_000)), {"a": {"b": [1] * 999}}, 10**400], ids=type)
def test_a_long_value_is_shortened(validated: Validated, value: object) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: seed is ") as caught:
        validated({"seed": value})
    assert len(format_value(value)) == 60
    assert len(str(caught.value)) < 130


def test_hardware_is_checked_only_if_given(validated: Validated) -> None:
    assert validated({f"{LINEAR}.network.latent": 10**9}).variant("linear").network.latent == 10**9
    params.load(ROOT / "params.yaml", Hardware(10**9, cuda=False))  # the committed settings need less than 1 GB


NOT_YAML = (b"seed: [", b"a: b: c", b"\tseed: 0", b"seed: \xff", b"seed: !!int ''", b"seed: 2026-99-99")
NOT_YAML += (b"seed: !!python/object/apply:os.system [echo]", b"seed: " + b"1" * 5000, b"seed: " + b"[" * 1000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *((content, " is not valid YAML") for content in NOT_YAML),
        (None, " is missing; run from the root of the repository"),
        (b"- seed", r' contains \["seed"\]; must be a mapping'),
        (b"", " contains null; must be a mapping"),
        (b"seed: 0\nseed: 1\n", r', line 2: found duplicate key "seed" .*; remove one of the two$'),
    ],
    ids=lambda value: value[:30] if value else "none",
)
def test_invalid_yaml_is_one_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=rf"params\.yaml{message}") as caught:
        params.load(tmp_path / "params.yaml")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["1e-05", "1E-5"])
def test_small_numbers_are_read_in_every_notation(changed_params: Changed, text: str) -> None:
    file = changed_params({"train.learning_rate": "HERE"})
    file.write_text(file.read_text().replace("HERE", text))
    assert params.load(file).train.learning_rate == 1e-5


def test_dvc_exp_run_changes_only_the_line_of_the_setting(tmp_path: Path) -> None:
    """`dvc exp run -S` rewrites params.yaml in ruamel's form, in which it is therefore committed."""
    copy = Path(shutil.copy(ROOT / "params.yaml", tmp_path))
    with modify_yaml(str(copy)) as content:
        content["model"]["latent"] = 2
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in (ROOT / "params.yaml", copy))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("  latent:", "  latent: 2")]


def test_overrides_replace_the_values_of_every_variant(validated: Validated) -> None:
    loaded = validated({})
    assert {name: loaded.variant(name) for name in loaded.variants} == loaded.variants
    changes = {"epochs": 3, "batch_size": 7, "learning_rate": 0.5, "weight_decay": 0.0}
    loaded = validated({f"train.{key}": value for key, value in changes.items()} | {"model.latent": 2})
    assert loaded.overrides() == {"latent": 2} | changes
    for name, variant in loaded.variants.items():
        resolved = loaded.variant(name)
        assert resolved.network == variant.network.model_copy(update={"latent": 2})
        assert resolved.train == (variant.train and variant.train.model_copy(update=changes))
    with pytest.raises(UserError, match=r"no variant 'lienar'; known are linear, denoising, convolutional"):
        loaded.variant("lienar")


def test_missing_strengths_have_the_defaults_of_their_corruption(validated: Validated) -> None:
    loaded = validated({"noise.sigma": "DELETE", "noise.occlusion": 5, "noise.sigma_high": 0.4})
    assert loaded.strengths() == {"sigma": 0.3, "occlusion": 5, "sigma_low": 0.1, "sigma_high": 0.4}


@pytest.mark.parametrize("key", ["sigma", "fresh", "name"])
def test_a_strength_has_one_meaning(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    other = CorruptionKind("other", lambda images: images, {key: StrengthSpec(1, float)}, test_order=9)
    monkeypatch.setitem(CORRUPTIONS, "other", other)
    with pytest.raises(ValueError, match=f"corruption other has a strength '{key}', which already has another"):
        params._noise_fields()
