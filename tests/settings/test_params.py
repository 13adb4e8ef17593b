"""params.yaml: valid settings are loaded unchanged, every problem is one line with its key."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import modify_yaml

from hourglass.corruptions import CORRUPTIONS
from hourglass.corruptions.base import CorruptionKind, StrengthSpec
from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.error_messages import format_value
from hourglass.settings.params import Hardware

ROOT = Path(__file__).parents[2]
Changed = Callable[[dict[str, Any]], Path]
LINEAR, STRIDED = "variants.linear", "variants.strided"
RATES = {"stochastic": 0.1, "mini_batch": 1.0, "full_batch": 2.0}
PCA = {"corruption": "none", "loss": "squared_error", "network": {"kind": "pca", "latent": 2}}
HARDWARE = Hardware(25 * 10**9, cuda=False)

INVALID = {
    "unknown setting": ({"noise.colour": "pink"}, "noise.colour is not a setting; known settings are fresh, sigma"),
    "misspelt setting": ({"train.epocs": 3}, r"train\.epocs is not a setting; did you mean epochs\?"),
    "misspelt in a list": (
        {f"{STRIDED}.network.encoder.convolutions": [{"channels": 4, "kernel": 3, "kernal": 5}]},
        rf"{STRIDED}\.network\.encoder\.convolutions\.0\.kernal is not a setting; did you mean kernel\?",
    ),
    "setting of another network": ({"variants.pca.network.code": "relu"}, r".*code is not a setting; .* kind, latent$"),
    "missing setting": ({"seed": "DELETE"}, "seed is missing"),
    "negative epochs": ({f"{LINEAR}.train.epochs": -5}, rf"{LINEAR}\.train\.epochs is -5; must be greater than 0"),
    "fractional epochs": ({"train.epochs": 2.5}, r"train\.epochs is 2\.5; must be a valid integer"),
    "boolean seed": ({"seed": True}, "seed is true; must be a valid integer"),
    "number as text": ({"train.learning_rate": "0.1"}, r"train\.learning_rate is '0\.1'; must be a valid number"),
    "infinite noise": ({"noise.sigma": float("inf")}, r"noise\.sigma is Infinity; must be a finite number"),
    "null": ({"noise.fresh": None}, r"noise\.fresh is null; must be true or false"),
    "square as large as the image": (
        {"noise.occlusion": 28},
        r"noise\.occlusion: 28 pixels; must be smaller than the shorter side of the 28×28 images of fashion_mnist",
    ),
    "value for a block": ({f"{LINEAR}.network": "pca"}, rf"{LINEAR}\.network is 'pca'; must be a block of settings"),
    "value for a list": ({f"{LINEAR}.network.encoder.dense": 128}, r".*dense is 128; must be a list"),
    "unknown data set": ({"data.dataset": "cifar"}, "data.dataset is 'cifar'; must be 'cifar10', .* or 'npz'"),
    "unknown corruption": ({f"{LINEAR}.corruption": "../x"}, r".*corruption is '\.\./x'; must be 'none', 'gaussian'"),
    "unknown setting of a loss": (
        {f"{LINEAR}.loss": "rae_l2", f"{LINEAR}.loss_settings": {"weight": 1.0}},
        rf"{LINEAR}\.loss_settings: 'weight' is not a setting; known are code_weight, decoder_weight",
    ),
    "binarised noisy images": (
        {"variants.denoising_vae.loss": "iwae", "variants.denoising_vae.loss_settings": {"binarise": True}},
        r"variants\.denoising_vae: loss_settings\.binarise needs corruption none, not gaussian",
    ),
    "invalid setting of a loss": (
        {f"{LINEAR}.loss": "rae_l2", f"{LINEAR}.loss_settings": {"code_weight": -1.0}},
        rf"{LINEAR}\.loss_settings\.code_weight is -1.0; must be greater than or equal to 0",
    ),
    "unknown loss": (
        {f"{LINEAR}.loss": "hinge"},
        r".*loss is 'hinge'; must be 'absolute_error', 'cross_entropy', 'elbo', 'huber', 'iwae', .* or 'wae_mmd'",
    ),
    "unknown network": ({f"{LINEAR}.network.kind": "gan"}, r".*kind is 'gan'; must be 'autoencoder' or 'pca'"),
    "unsuitable loss": ({f"{LINEAR}.loss": "elbo"}, f"{LINEAR}: loss elbo is not defined for code relu; use absolute"),
    "patience without validation": (
        {f"{LINEAR}.train.patience": 3},
        rf"{LINEAR}\.train: patience needs validation images",
    ),
    "momentum of adam": (
        {f"{LINEAR}.train.momentum": 0.5},
        rf"{LINEAR}\.train: momentum is a setting of optimizer sgd",
    ),
    "steps without length": (
        {f"{LINEAR}.train.schedule": "step"},
        rf"{LINEAR}\.train: schedule is step; step_epochs is",
    ),
    "warm-up as long as training": (
        {f"{LINEAR}.train.warm_up": 51},
        rf"{LINEAR}\.train: warm_up .* epochs, which is 50",
    ),
    "warm-up of no divergence": (
        {f"{STRIDED}.train.kl_warm_up": 2},
        rf"{STRIDED}: kl_warm_up weights the KL divergence",
    ),
    "no pretrained model": (
        {f"{LINEAR}.pretrained": "a.safetensors"},
        rf"{LINEAR}\.network: pretrained/a\.safetensors does not exist; copy a model file there",
    ),
    "pretrained model elsewhere": (
        {f"{LINEAR}.pretrained": "../a.safetensors"},
        f"{LINEAR}: pretrained must be the name",
    ),
    "pretrained pca": ({"variants.pca.pretrained": "a.safetensors"}, r"variants\.pca: pca has no training that could"),
    "batch norm of one image": (
        {f"{STRIDED}.network.batch_norm": True, f"{STRIDED}.train.batch_size": 1},
        rf"{STRIDED}: batch_norm needs batches of at least two images, but batch_size is 1",
    ),
    "batch norm of single images": (
        {f"{LINEAR}.network.batch_norm": True},
        rf"{LINEAR}: must not use batch_norm, dropout or loss_settings, because stage sgd-variants trains this network",
    ),
    "rates of no data set": (
        {"sgd_variants.learning_rate.mnits": RATES},
        r"sgd_variants\.learning_rate: 'mnits' is not a data set; known are .*",
    ),
    "no default rates": (
        {"sgd_variants.learning_rate": {"mnist": RATES}},
        r"sgd_variants\.learning_rate: default is missing; it applies to data sets without an entry",
    ),
    "unsuitable for pca": (
        {"variants.pca.loss": "cross_entropy"},
        r"variants\.pca: loss cross_entropy is not defined for code pca; use squared_error",
    ),
    "no GPU": ({"runtime.device": "cuda"}, r"runtime\.device is 'cuda'; must be auto or cpu: torch finds no CUDA GPU"),
    "no training": ({f"{LINEAR}.train": None}, f"{LINEAR}: a network of kind autoencoder needs a train block"),
    "trained pca": ({"variants.pca.train": {"epochs": 1, "batch_size": 1, "learning_rate": 0.1}}, ".*allows no train"),
    "denoising pca": ({"variants.pca.corruption": "gaussian"}, "variants.pca: .*must be none, not gaussian"),
    "invalid layer": (
        {f"{STRIDED}.network.encoder.convolutions": [{"channels": 32, "kernel": 31}]},
        rf"{STRIDED}\.network: encoder convolution 1 has kernel 31, larger than its padded input",
    ),
    "invalid layer of the network of sgd-variants": (
        {f"{LINEAR}.network.encoder.convolutions": [{"channels": 4, "kernel": 29}]},
        rf"{LINEAR}\.network: encoder convolution 1 has kernel 29, larger than its padded input",
    ),
    "override beyond PCA": (
        {"model.latent": 785},
        r"variants\.pca\.network: with the overrides \(model\.latent: 785\): latent is 785, but an image .* 784 values",
    ),
    "sheet of an unknown variant": (
        {"sheets.lmu": ["linear", "lineal"]},
        r"sheets\.lmu: 'lineal' is not a variant; known",
    ),
    "layer beyond memory": (
        {"variants.selu.network.encoder.dense": [10**8]},
        r"variants\.selu\.network: needs at least 2,\d\d\d\.\d GB of memory; this machine has 25\.0 GB",
    ),
    "no linear variant": ({LINEAR: "DELETE"}, "variants: linear is missing; stage sgd-variants trains its network"),
    "linear without gradients": ({LINEAR: PCA}, rf"{LINEAR}\.network\.kind: must be autoencoder"),
    "names that differ in case": ({"variants.LineaR": PCA}, "variants: linear and LineaR differ only in case"),
}


@pytest.mark.parametrize("what", INVALID)
def test_a_problem_is_one_line_with_its_key(changed_params: Changed, what: str) -> None:
    changes, message = INVALID[what]
    with pytest.raises(UserError, match=rf"params\.yaml: {message}") as caught:
        params.load(changed_params(changes), HARDWARE)
    assert len(str(caught.value).splitlines()) == 1


def test_settings_are_checked_against_the_images_of_the_data_set(
    changed_params: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], shape=(1, 12, 9), classes=("even", "odd")))
    changes = {"data.dataset": "digits", "noise.occlusion": 8, "model.latent": 109}
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes))
    override = "with the overrides (model.latent: 109): "
    problems = [line.split("params.yaml: ")[1] for line in str(caught.value).splitlines()]
    assert f"variants.pca.network: {override}latent is 109, but an image of 1×12×9 has 108 values" in problems
    assert any(line.startswith(f"variants.vae.network: {override}decoder convolution 2") for line in problems)
    reason = r"noise\.occlusion: 9 pixels; must be smaller than the shorter side of the 9×12 images"
    with pytest.raises(UserError, match=reason):
        params.load(changed_params(changes | {"noise.occlusion": 9, "model.latent": None}))


def test_nested_aliases_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)
    ]
    (tmp_path / "params.yaml").write_text("\n".join(lines))
    with pytest.raises(UserError, match=r"params\.yaml contains more than 100,000 values"):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", ["a-b", "my variant", "größe", "2nd", "../up", "", "a\nb", "x" * 65, "$(ls)", 7, None])
def test_a_variant_needs_a_name_for_files_and_stages(changed_params: Changed, name: object) -> None:
    with pytest.raises(UserError, match=re.escape(f"variants: {format_value(name)} is not a valid variant name")):
        params.load(changed_params({"variants": {name: PCA}}))


def test_all_problems_are_reported_together(changed_params: Changed) -> None:
    changes = {
        "seed": -1,
        "noise.sigma": 0,
        "classifier.epochs": 0,
        "model.latent": 1000,
        "variants.PCA": PCA,
        f"{STRIDED}.train.epochs": 5,
        "sweep.retries": -1,
        "extra": 1,
    }
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes), HARDWARE)
    lines = [line.split("params.yaml: ")[1] for line in str(caught.value).splitlines()]
    keys = [re.split("[: ]", line)[0] for line in lines]
    expected = [
        "seed",
        "noise.sigma",
        "classifier.epochs",
        "variants",
        "variants.pca.network",
        "variants.PCA.network",
        "sweep.retries",
        "extra",
    ]
    assert keys == expected


@pytest.mark.parametrize("value", ["x" * 10_000, list(range(10_000)), {"a": {"b": [1] * 999}}, 10**400], ids=type)
def test_a_long_value_is_shortened(changed_params: Changed, value: object) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: seed is ") as caught:
        params.load(changed_params({"seed": value}))
    assert len(format_value(value)) == 60
    assert len(str(caught.value).split("params.yaml: ")[1]) < 120


def test_hardware_is_checked_only_if_given(changed_params: Changed) -> None:
    path = changed_params({f"{LINEAR}.network.latent": 10**9})
    assert params.load(path).variant("linear").network.latent == 10**9
    params.load(ROOT / "params.yaml", Hardware(10**9, cuda=False))  # the committed settings need less than 1 GB


NOT_YAML = (b"seed: [", b"a: b: c", b"\tseed: 0", b"seed: \xff", b"seed: !!int ''", b"seed: 2026-99-99")
NOT_YAML += (b"seed: !!python/object/apply:os.system [echo]", b"seed: " + b"1" * 5000, b"seed: " + b"[" * 5000)


@pytest.mark.parametrize("content", NOT_YAML, ids=lambda content: content[:30])
def test_invalid_yaml_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"params\.yaml is not valid YAML") as caught:
        params.load(tmp_path / "params.yaml")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"params\.yaml is missing; run from the root of the repository"),
        ("- seed", r'params\.yaml contains \["seed"\]; must be a mapping'),
        ("", r"params\.yaml contains null; must be a mapping"),
        ("seed: 0\nseed: 1\n", r'params\.yaml, line 2: found duplicate key "seed" .*; remove one of the two$'),
    ],
)
def test_a_file_without_settings_is_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "params.yaml").write_text(content)
    with pytest.raises(UserError, match=message):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["1e-05", "1E-5", "0.00001", "1.0e-05"])
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


def test_without_overrides_variants_keep_their_values(changed_params: Changed) -> None:
    loaded = params.load(changed_params({}))
    assert {name: loaded.variant(name) for name in loaded.variants} == loaded.variants
    assert loaded.overrides() == {}


def test_overrides_replace_the_values_of_every_variant(changed_params: Changed) -> None:
    changes = {"epochs": 3, "batch_size": 7, "learning_rate": 0.5, "weight_decay": 0.0}
    loaded = params.load(changed_params({f"train.{key}": v for key, v in changes.items()} | {"model.latent": 2}))
    assert loaded.overrides() == {"latent": 2} | changes
    for name, variant in loaded.variants.items():
        resolved = loaded.variant(name)
        assert resolved.network == variant.network.model_copy(update={"latent": 2})
        assert resolved.train == (variant.train and variant.train.model_copy(update=changes))


def test_an_unknown_variant_raises_with_the_known_ones(changed_params: Changed) -> None:
    with pytest.raises(UserError, match=r"no variant 'lienar'; known are linear, denoising, convolutional"):
        params.load(changed_params({})).variant("lienar")


def test_missing_strengths_have_the_defaults_of_their_corruption(changed_params: Changed) -> None:
    loaded = params.load(changed_params({"noise.sigma": "DELETE", "noise.occlusion": 5, "noise.sigma_high": 0.4}))
    assert loaded.strengths() == {"sigma": 0.3, "occlusion": 5, "sigma_low": 0.1, "sigma_high": 0.4}


@pytest.mark.parametrize("key", ["sigma", "fresh", "name"])
def test_a_strength_has_one_meaning(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    other = CorruptionKind("other", lambda images: images, {key: StrengthSpec(1, float)}, test_order=9)
    monkeypatch.setitem(CORRUPTIONS, "other", other)
    with pytest.raises(ValueError, match=f"corruption other has a strength '{key}', which already has another"):
        params._noise_fields()
