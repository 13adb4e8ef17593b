"""What is wrong in params.yaml is said in one line each: the key, what was found, what would do."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import modify_yaml
from repository import ROOT

from hourglass.corruptions import CORRUPTIONS
from hourglass.corruptions.base import CorruptionKind, Strength, noisy
from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.losses import LOSSES
from hourglass.settings import params
from hourglass.settings.error_messages import shown
from hourglass.settings.validation import Machine

Changed = Callable[[dict[str, Any]], Path]
LINEAR = "variants.linear"
PCA = {"corruption": "none", "loss": "squared_error", "network": {"kind": "pca", "latent": 2}}

WRONG = {
    "unknown setting": ({"noise.colour": "pink"}, "noise.colour is not a known setting"),
    "unknown section": ({"nosie": {}}, "nosie is not a known setting"),
    "missing setting": ({"seed": "DELETE"}, "seed is missing"),
    "negative epochs": ({f"{LINEAR}.train.epochs": -5}, f"{LINEAR}.train.epochs is -5, but .*greater than 0"),
    "negative override": ({"train.epochs": -1}, r"train\.epochs is -1, but .*greater than 0"),
    "fractional epochs": ({"train.epochs": 2.5}, r"train\.epochs is 2\.5, but .*valid integer"),
    "no learning rate": ({"train.learning_rate": 0.0}, r"train\.learning_rate is 0\.0, but .*greater than 0"),
    "learning rate in words": ({"train.learning_rate": "low"}, r"train\.learning_rate is 'low', but .*valid number"),
    "negative weight decay": ({"train.weight_decay": -0.1}, r"train\.weight_decay is -0\.1, but .*or equal to 0"),
    "no batch": ({f"{LINEAR}.train.batch_size": 0}, f"{LINEAR}.train.batch_size is 0, but .*greater than 0"),
    "unknown data set": (
        {"data.dataset": "cifar"},
        "data.dataset is 'cifar', but .*'fashion_mnist', 'mnist' or 'digits'",
    ),
    "unknown corruption": (
        {f"{LINEAR}.corruption": "fog"},
        f"{LINEAR}.corruption is 'fog', but .*'gaussian_occlusion'",
    ),
    "unknown loss": ({f"{LINEAR}.loss": "huber"}, f"{LINEAR}.loss is 'huber', but .*'squared_error' or 'elbo'"),
    "no loss": ({f"{LINEAR}.loss": "DELETE"}, f"{LINEAR}.loss is missing"),
    "loss of distributions for plain codes": (
        {f"{LINEAR}.loss": "elbo"},
        f"{LINEAR}: the loss elbo does not suit a code of kind relu; squared_error would",
    ),
    "loss of plain codes for distributions": (
        {"variants.variational.loss": "squared_error"},
        "variants.variational: the loss squared_error does not suit a code of kind gaussian; elbo would",
    ),
    "loss of distributions for pca": (
        {"variants.pca.loss": "elbo"},
        "variants.pca: the loss elbo does not suit a code of kind pca; squared_error would",
    ),
    "unknown device": ({"runtime.device": "tpu"}, "runtime.device is 'tpu', but .*'auto', 'cpu' or 'cuda'"),
    "no thread": ({"runtime.threads": 0}, r"runtime\.threads is 0, but .*or equal to 1"),
    "device among what is trained": ({"train.device": "cpu"}, r"train\.device is not a known setting"),
    "no code": ({f"{LINEAR}.network.latent": 0}, f"{LINEAR}.network.latent is 0, but .*greater than 0"),
    "no code in any variant": ({"model.latent": 0}, r"model\.latent is 0, but .*greater than 0"),
    "negative seed": ({"seed": -1}, "seed is -1, but .*or equal to 0"),
    "no noise": ({"noise.sigma": 0}, r"noise\.sigma is 0, but .*greater than 0"),
    "endless noise": ({"noise.sigma": float("inf")}, r"noise\.sigma is inf, but .*finite"),
    "square larger than the image": ({"noise.occlusion": 29}, r"noise\.occlusion is 29, but .*or equal to 28"),
    "noise in words": ({"noise.sigma": "much"}, r"noise\.sigma is 'much', but .*valid number"),
    "half a pixel hidden": ({"noise.occlusion": 0.5}, r"noise\.occlusion is 0\.5, but .*valid integer"),
    "pictures of nothing": ({"pictures.every": 0}, r"pictures\.every is 0, but .*greater than 0"),
    "no pass of gradient descent": (
        {"sgd_variants.passes.full_batch": 0},
        r"sgd_variants\.passes\.full_batch is 0, but .*greater than 0",
    ),
    "a target that the mean image reaches": (
        {"sgd_variants.target": 1},
        r"sgd_variants\.target is 1, but .*less than 1",
    ),
    "a single image": ({"sgd_variants.images": 1}, r"sgd_variants\.images is 1, but .*equal to 2"),
    "no rate of gradient descent": (
        {"sgd_variants.learning_rate.stochastic": 0},
        r"sgd_variants\.learning_rate\.stochastic is 0, but .*greater than 0",
    ),
    "no gradient descent": ({"sgd_variants": "DELETE"}, "sgd_variants is missing"),
    "a classifier that learns nothing": ({"classifier.epochs": 0}, r"classifier\.epochs is 0, but .*greater than 0"),
    "hardly a sample": ({"latent_analysis.samples": 9}, r"latent_analysis\.samples is 9, but .*or equal to 10"),
    "unknown network": ({f"{LINEAR}.network.kind": "gan"}, f"{LINEAR}.network.kind is 'gan', but .*autoencoder.*pca"),
    "no network": ({f"{LINEAR}.network": None}, f"{LINEAR}.network is null, but .*a block of settings"),
    "no training": ({f"{LINEAR}.train": "DELETE"}, f"{LINEAR}: .*kind autoencoder needs a train block"),
    "pca trained": (
        {"variants.pca.train": {"epochs": 1, "batch_size": 1, "learning_rate": 0.1}},
        "variants.pca: a network of kind pca has no training",
    ),
    "pca denoising": ({"variants.pca.corruption": "gaussian"}, "variants.pca: .*must be none, not gaussian"),
    "no variant": ({"variants": {}}, "variants: no variant is described"),
    "override too large for pca": (
        {"model.latent": 785},
        r"variants\.pca: with the overrides \(model\.latent: 785\), network\.latent is 785, .*to 784",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line_that_names_it(changed_params: Changed, what: str) -> None:
    changes, message = WRONG[what]
    with pytest.raises(UserError, match=rf"params\.yaml: {message}") as caught:
        params.load(changed_params(changes))
    assert len(str(caught.value).splitlines()) == 1


NAMES = (
    "a-b",
    "my variant",
    "größe",
    "2nd",
    "../up",
    "con/../..",
    "-x",
    "",
    "line\nbreak",
    "x" * 65,
    "x" * 300,
    "$(touch pwned)",
    "x;touch pwned;",
    7,
    None,
    True,
)


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_variant_that_could_not_name_a_stage_is_refused(changed_params: Changed, name: object) -> None:
    said = rf"params\.yaml: variants: {re.escape(shown(name))} names files and stages, so use letters, digits"
    with pytest.raises(UserError, match=said) as caught:
        params.load(changed_params({"variants": {name: PCA}}))
    assert len(str(caught.value)) < 300
    assert len(str(caught.value).splitlines()) == 1


def test_the_longest_name_is_one(changed_params: Changed) -> None:
    assert "x" * 64 in params.load(changed_params({f"variants.{'x' * 64}": PCA})).variants


def test_names_that_some_disks_take_for_one_are_refused(changed_params: Changed) -> None:
    with pytest.raises(UserError, match="variants: linear and LineaR differ in upper and lower case alone"):
        params.load(changed_params({"variants.LineaR": PCA}))


def test_a_misspelt_key_is_said_twice_as_unknown_and_as_missing(changed_params: Changed) -> None:
    changes = {f"{LINEAR}.train.epochs": "DELETE", f"{LINEAR}.train.epoch": 50}
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes))
    said = [line.split(": ", 1)[1] for line in str(caught.value).splitlines()]
    known = "epochs, batch_size, learning_rate, weight_decay, precision, test_every"
    assert said == [
        f"{LINEAR}.train.epochs is missing",
        f"{LINEAR}.train.epoch is not a known setting; perhaps epochs is meant; known are {known}",
    ]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("nosie", "perhaps noise is meant; known are seed, data, noise, model"),
        ("train.colour", "known are epochs, batch_size, learning_rate, weight_decay, precision"),
        ("noise.sigme", "perhaps sigma is meant; known are fresh, sigma, occlusion"),
        (f"{LINEAR}.losss", "perhaps loss is meant; known are network, loss, corruption, train"),
        (f"{LINEAR}.network.latant", "perhaps latent is meant; known are kind, latent, code"),
        (f"{LINEAR}.network.encoder.danse", "perhaps dense is meant; known are convolutions, dense"),
        ("variants.convolutional.network.decoder.danse", "perhaps dense is meant; known are dense, channels, conv"),
        ("variants.pca.network.code", "known are kind, latent"),
    ],
)
def test_an_unknown_setting_is_answered_with_the_known_ones(changed_params: Changed, key: str, said: str) -> None:
    with pytest.raises(UserError, match=rf"{re.escape(key)} is not a known setting; {said}") as caught:
        params.load(changed_params({key: 1}))
    assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_setting_in_a_list_is_found(changed_params: Changed) -> None:
    key = "variants.strided.network.encoder.convolutions"
    with pytest.raises(
        UserError, match=rf"{key}\.0\.kernal is not a known setting; perhaps kernel is meant; known are"
    ):
        params.load(changed_params({key: [{"channels": 4, "kernel": 3, "kernal": 5}]}))


OF_ANOTHER_TYPE = {
    "data.dataset": (True, None, 1, ["mnist"]),
    "seed": (True, "0", 0.0, None, float("nan"), [0]),
    "noise.fresh": (1, "yes", None),
    "noise.sigma": (True, "0.3", None, float("nan"), float("-inf")),
    "noise.occlusion": (True, "12", 12.0, None),
    "model.latent": (True, "2", 2.0, [2], {"value": 2}, float("inf")),
    "train.epochs": (True, False, "2", 2.0),
    "train.learning_rate": (True, "0.5", float("nan")),
    "train.precision": (32, True),
    "runtime.threads": (True, "1", 1.0),
    "classifier.epochs": (True, "10"),
    "latent_analysis.samples": (500.0, "500"),
    "sgd_variants.learning_rate.full_batch": (True, "10"),
    "sgd_variants.passes": (15, [15, 60, 600]),
    "sgd_variants.target": (True, "0.5"),
    "sgd_variants.learning_rate": (0.1, [0.1, 2.0, 10.0]),
    "pictures.every": (True, 1.0),
    f"{LINEAR}.loss": (True, 1, None),
    f"{LINEAR}.train.test_every": (True, "1"),
    f"{LINEAR}.network.latent": (True, "8", 8.0),
    "variants.variational.network.beta": (True, "1.0", None, float("nan")),
    f"{LINEAR}.network.code": (None, 1),
    f"{LINEAR}.network.kind": (None, 1),
    f"{LINEAR}.network.encoder": (None, [], 128),
    f"{LINEAR}.network.encoder.dense": (128, "128", {"0": 128}),
    f"{LINEAR}.network": ([], "pca"),
    LINEAR: (None, True, []),
    "variants": ([], None, "linear"),
    "noise": (0.3, None),
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in OF_ANOTHER_TYPE.items() for value in values], ids=str
)
def test_a_value_of_another_type_is_refused_and_said_as_it_is_written(
    changed_params: Changed, key: str, value: object
) -> None:
    with pytest.raises(UserError, match=rf"params\.yaml: {key} is {re.escape(shown(value))}, but input") as caught:
        params.load(changed_params({key: value}))
    assert len(str(caught.value).splitlines()) == 1


def test_widths_are_whole_numbers(changed_params: Changed) -> None:
    key = f"{LINEAR}.network.encoder.dense"
    with pytest.raises(UserError) as caught:
        params.load(changed_params({key: [128, True, "64", 32.0]}))
    said = [line.split(": ", 1)[1].split(",")[0] for line in str(caught.value).splitlines()]
    assert said == [f"{key}.1 is true", f"{key}.2 is '64'", f"{key}.3 is 32.0"]


def test_a_long_value_is_shortened(changed_params: Changed) -> None:
    for value in ("x" * 10_000, list(range(10_000)), {str(n): {"a": list(range(99))} for n in range(99)}, 10**400):
        with pytest.raises(UserError, match=r"^\S*params\.yaml: seed is ") as caught:
            params.load(changed_params({"seed": value}))
        assert len(str(caught.value)) < 400


def test_every_problem_is_said_at_once(changed_params: Changed) -> None:
    changes = {
        "seed": -1,
        "data.dataset": "cifar",
        "noise.sigma": 0,
        "runtime.device": "cuda",
        "train.batch_size": 1.5,
        f"{LINEAR}.train.epochs": 0,
        f"{LINEAR}.network.latent": True,
        "variants.pca.network.kind": "gan",
        "extra": 1,
    }
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes), Machine(10**12, cuda=False))
    found = str(caught.value).splitlines()
    assert len(found) == len(changes)
    for key in changes:
        assert any(f"params.yaml: {key} is " in line for line in found)


def test_what_settings_are_for_each_other_is_said_at_once_too(changed_params: Changed) -> None:
    changes = {
        "model.latent": 1000,
        "seed": -1,
        LINEAR: PCA,
        "variants.PCA": PCA,
        "variants.strided.train.epochs": 10**9,
        "classifier.batch_size": 10**6,
    }
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes), Machine(10**9, cuda=False))
    said = [line.split("params.yaml: ", 1)[1] for line in str(caught.value).splitlines()]
    assert [line.split(": ")[0] for line in said if not line.startswith("seed")] == [
        "classifier",
        "variants",  # two names that are one on some disks
        "variants.linear",  # the override is beyond PCA
        "variants.strided",
        "variants.pca",
        "variants.PCA",
        "variants.linear.network.kind",
    ]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params\.yaml is missing here; run from the root of the repository"):
        params.load(tmp_path / "params.yaml")


NOT_YAML = (
    b"seed: [",
    b"a: b: c",
    b"\tseed: 0",
    b"seed: \xff",
    b"\x00",
    b"seed: 1\n---\nseed: 2",
    b"seed: *other",
    b"seed: !!python/object/apply:os.system [echo]",
    b"seed: 2026-99-99",
    b"seed: !!int ''",
    b"seed: !!bool maybe",
    b"seed: !!float word",
    b"seed: " + b"1" * 5000,
    b"seed: " + b"[" * 5000,
    b"? {a: b}\n: c",
)


@pytest.mark.parametrize("content", NOT_YAML, ids=lambda content: content[:30])
def test_what_is_not_yaml_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"params\.yaml is not YAML") as caught:
        params.load(tmp_path / "params.yaml")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("seed: 0\nnoise: {}\nseed: 1\n", r'line 3: found duplicate key "seed" with value "1" \(original value: "0"\)'),
        ("train:\n  epochs: 1\n  epochs: 1\n", r'line 3: found duplicate key "epochs" with value "1" \(original'),
        ("variants:\n  a: {}\n  a: {}\n", r'line 3: found duplicate key "a"'),
    ],
)
def test_a_key_given_twice_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "params.yaml").write_text(content)
    with pytest.raises(UserError, match=rf"params\.yaml, {said}.*; leave one of the two$") as caught:
        params.load(tmp_path / "params.yaml")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("written", ["1e-05", "1E-5", "1e-5", "0.00001", "1.0e-05", ".00001"])
def test_a_small_number_is_one_however_it_is_written(changed_params: Changed, written: str) -> None:
    file = changed_params({"train.learning_rate": "HERE"})
    file.write_text(file.read_text().replace("HERE", written))
    assert params.load(file).train.learning_rate == 1e-5


@pytest.mark.parametrize("content", ["", "# nothing yet", "- seed", "seed"])
def test_what_is_no_mapping_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "params.yaml").write_text(content)
    with pytest.raises(UserError, match=r"params\.yaml holds .*, where settings should be"):
        params.load(tmp_path / "params.yaml")


def test_an_experiment_changes_one_line_of_the_file(tmp_path: Path) -> None:
    """`dvc exp run -S` writes the whole file in its own form, in which it therefore is."""
    copy = Path(shutil.copy(ROOT / "params.yaml", tmp_path))
    with modify_yaml(str(copy)) as content:
        content["model"]["latent"] = 2
    before, after = ((folder / "params.yaml").read_text(encoding="utf-8").splitlines() for folder in (ROOT, tmp_path))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("  latent:", "  latent: 2")]


def test_null_overrides_leave_every_variant_as_it_is(changed_params: Changed) -> None:
    loaded = params.load(changed_params({}))
    for name, variant in loaded.variants.items():
        assert loaded.variant(name) == variant
        assert loaded.overrides() == {}


def test_numbers_override_every_variant(changed_params: Changed) -> None:
    changes = {"epochs": 3, "batch_size": 7, "learning_rate": 0.5, "weight_decay": 0.0}
    loaded = params.load(
        changed_params({f"train.{key}": value for key, value in changes.items()} | {"model.latent": 2})
    )
    for name, variant in loaded.variants.items():
        effective = loaded.variant(name)
        assert effective.network == variant.network.model_copy(update={"latent": 2})
        assert (effective.corruption, effective.loss) == (variant.corruption, variant.loss)
        if variant.train is None:
            assert effective.train is None
        else:
            assert effective.train == variant.train.model_copy(update=changes)


def test_an_override_of_zero_weight_decay_is_one(changed_params: Changed) -> None:
    loaded = params.load(changed_params({"train.weight_decay": 0.0}))
    assert loaded.variants["linear"].train.weight_decay == 1e-5
    assert loaded.variant("linear").train.weight_decay == 0.0


def test_a_runs_name_tells_what_was_overridden(changed_params: Changed) -> None:
    loaded = params.load(changed_params({"model.latent": 2}))
    assert loaded.overrides() == {"latent": 2}
    loaded = params.load(changed_params({"model.latent": 2, "train.epochs": 5, "train.learning_rate": 0.01}))
    assert list(loaded.overrides().items()) == [("latent", 2), ("epochs", 5), ("learning_rate", 0.01)]


def test_an_unknown_variant_is_said_with_the_known_ones(changed_params: Changed) -> None:
    loaded = params.load(changed_params({}))
    with pytest.raises(UserError, match=r"no variant 'lienar'; it has linear, denoising, convolutional"):
        loaded.variant("lienar")


def test_settings_cannot_be_changed_once_loaded(changed_params: Changed) -> None:
    loaded = params.load(changed_params({}))
    with pytest.raises(ValueError, match="frozen"):
        loaded.seed = 1


def test_a_variant_is_a_block_and_nothing_else(changed_params: Changed) -> None:
    block = {
        "corruption": "occlusion",
        "loss": "squared_error",
        "network": {"latent": 3, "encoder": {"dense": [5]}},
        "train": {"epochs": 1, "batch_size": 16, "learning_rate": 0.01},
    }
    variant = params.load(changed_params({"variants.mine": block})).variant("mine")
    assert (variant.train.test_every, variant.train.precision, variant.train.weight_decay) == (1, "float32", 0.0)
    assert (variant.network.activation, variant.network.output, variant.network.code) == ("relu", "sigmoid", "none")


@pytest.mark.parametrize("what", ["data set", "corruption", "loss"])
def test_the_names_of_a_registry_are_said_to_whoever_uses_another(changed_params: Changed, what: str) -> None:
    key, registry = {
        "data set": ("data.dataset", DATASETS),
        "corruption": (f"{LINEAR}.corruption", CORRUPTIONS),
        "loss": (f"{LINEAR}.loss", LOSSES),
    }[what]
    with pytest.raises(UserError, match=f"{key} is 'another'") as caught:
        params.load(changed_params({key: "another"}))
    assert all(repr(name) in str(caught.value) for name in registry)


def test_strengths_left_out_are_the_corruptions_own(changed_params: Changed) -> None:
    changes = {"noise.sigma": "DELETE", "noise.occlusion": "DELETE"}
    assert params.load(changed_params(changes)).strengths() == {
        "sigma": 0.3,
        "occlusion": 12,
        "sigma_low": 0.1,
        "sigma_high": 0.5,
    }


def test_strengths_are_those_of_all_corruptions(changed_params: Changed) -> None:
    loaded = params.load(changed_params({"noise.sigma": 0.2, "noise.occlusion": 5, "noise.sigma_high": 0.4}))
    assert loaded.strengths() == {"sigma": 0.2, "occlusion": 5, "sigma_low": 0.1, "sigma_high": 0.4}


@pytest.mark.parametrize("fresh", [True, False])
def test_noise_is_fresh_where_params_say_so(changed_params: Changed, fresh: bool) -> None:
    assert params.load(changed_params({"noise.fresh": fresh})).fresh() is fresh


def test_two_corruptions_mean_the_same_by_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("sigma", "fresh", "name"):
        other = CorruptionKind("other", noisy, {key: Strength(1, float)})
        monkeypatch.setitem(CORRUPTIONS, "other", other)
        with pytest.raises(ValueError, match=f"the corruption other calls a strength '{key}', which is something else"):
            params._strengths()
