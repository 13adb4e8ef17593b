"""Settings files: each changes with the settings of its stage, and only then."""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from hourglass.errors import UserError
from hourglass.settings import params, stage_configs
from hourglass.settings.stage_configs import CompareConfig, PicturesConfig, SgdConfig, TrainConfig, resolve, write

Validated = Callable[..., params.Params]
ROOT = Path(__file__).parents[2]
NOISY = {"train/denoising", "train/convolutional_denoising", "train/denoising_vae"}
OCCLUDING = {"train/selu_denoising", "train/selu_denoising_2"}
RATES = {"stochastic": 0.1, "mini_batch": 1.0, "full_batch": 2.0}
VARIANTS = {f"train/{name}" for name in params.load(ROOT / "params.yaml").variants}
SEEDED = {"preprocess-noise", "classifier", "baselines", "evaluate", "latent-analysis"}
SEEDED |= {"sgd-variants", "compare", "sweep-data", "sweep"}

CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "one learning rate": ({"variants.selu.train.learning_rate": 0.5}, {"train/selu", "sweep"}),
    "the network of linear": (
        {"variants.linear.network.activation": "tanh"},
        {"train/linear", "sgd-variants", "sweep"},
    ),
    "one latent dimension": ({"variants.selu_2.network.latent": 3}, {"train/selu_2", "baselines", "sweep"}),
    "noise": ({"noise.sigma": 0.2}, NOISY | OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    "square": ({"noise.occlusion": 5}, OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    "fixed noise": ({"noise.fresh": False}, NOISY | OCCLUDING | {"preprocess-noise", "sweep"}),
    "pictures": ({"pictures.every": 3}, {"pictures"}),
    "runtime": ({"runtime.device": "cpu", "runtime.threads": 7}, set()),
    "sheets": ({"sheets": {"mine": ["vae"]}}, {"compare"}),
    "classifier": ({"classifier.epochs": 1}, {"classifier", "sweep-data", "sweep"}),
    "samples": ({"latent_analysis.samples": 77}, {"latent-analysis"}),
    "passes": ({"sgd_variants.passes.mini_batch": 3}, {"sgd-variants"}),
    "data set": ({"data.dataset": "digits"}, {"download", "preprocess-noise", "sgd-variants", "compare"}),
    "seed": ({"seed": 1}, VARIANTS | SEEDED),
    "retries": ({"sweep.retries": 9}, {"sweep"}),
    "data sets of the sweep": ({"sweep.grids.latent_dim.datasets": ["digits"]}, {"sweep", "sweep-data"}),
    "all latent dimensions": ({"model.latent": 4}, VARIANTS | {"baselines", "compare"}),
    "all batch sizes": ({"train.batch_size": 7}, VARIANTS - {"train/pca"} | {"compare"}),
}


def _changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.fixture
def written(validated: Validated, tmp_path: Path) -> Callable[[dict[str, Any]], dict[str, bytes]]:
    """Return the content of all settings files, by name, for changes in params.yaml."""

    def files(changes: dict[str, Any]) -> dict[str, bytes]:
        folder = tmp_path / "settings"
        write(resolve(validated(changes)), folder)
        return {
            file.relative_to(folder).with_suffix("").as_posix(): file.read_bytes() for file in folder.rglob("*.json")
        }

    return files


Written = Callable[[dict[str, Any]], dict[str, bytes]]


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_concerns_only_the_stages_that_use_it(written: Written, what: str) -> None:
    changes, stages = CHANGES[what]
    before = written({})
    assert _changed(before, written(changes)) == stages


def test_an_overridden_value_concerns_only_the_sweep(written: Written) -> None:
    before = written({"train.epochs": 4})
    assert _changed(before, written({"train.epochs": 4, "variants.linear.train.epochs": 9})) == {"sweep"}


@pytest.mark.parametrize(("dataset", "entry"), [("mnist", "mnist"), ("digits", "default")])
def test_gradient_descent_has_the_learning_rates_of_its_data_set(
    validated: Validated, dataset: str, entry: str
) -> None:
    rates = {"default": RATES, "mnist": {name: 3 * rate for name, rate in RATES.items()}}
    config = resolve(validated({"data.dataset": dataset, "sgd_variants.learning_rate": rates}))["sgd-variants"]
    assert isinstance(config, SgdConfig)
    assert config.sgd.learning_rate.model_dump() == rates[entry]
    assert SgdConfig.model_validate_json(config.model_dump_json()) == config


def test_a_training_config_holds_the_variant_with_overrides(validated: Validated) -> None:
    config = resolve(validated({"train.epochs": 4, "model.latent": 3, "noise.sigma": 0.2}))["train/selu_denoising"]
    assert isinstance(config, TrainConfig)
    assert config.train is not None
    assert (config.train.epochs, config.train.batch_size, config.network.latent) == (4, 512, 3)
    assert (config.loss, config.corruption, config.fresh_noise) == ("squared_error", "gaussian_occlusion", True)
    assert config.strengths == {"sigma": 0.2, "occlusion": 12}


@pytest.mark.parametrize(("changes", "dims"), [({}, [2, 6, 8, 9, 10]), ({"model.latent": 1}, [1])])
def test_baselines_cover_all_and_all_free_latent_dimensions(
    written: Written, changes: dict[str, Any], dims: list[int]
) -> None:
    assert json.loads(written(changes)["baselines"])["latent_dims"] == dims


def test_another_version_of_torch_concerns_all_stages_that_compute_with_it(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written({})
    monkeypatch.setattr(stage_configs, "version", lambda name: "99" if name == "torch" else version(name))
    after = written({})
    assert _changed(before, after) == VARIANTS | SEEDED - {"compare"}
    assert {name for name, text in after.items() if b"libraries" in text} == VARIANTS | SEEDED - {"compare"}


def test_only_changed_files_are_rewritten_and_those_of_removed_variants_deleted(
    written: Written, tmp_path: Path
) -> None:
    written({})
    before = {path: path.stat().st_ino for path in (tmp_path / "settings").rglob("*.json")}
    written({"variants.strided": "DELETE", "pictures.every": 3, "sweep.grids": {}, "sheets": {}})
    after = {path: path.stat().st_ino for path in (tmp_path / "settings").rglob("*.json")}
    assert [path.stem for path in before.keys() - after.keys()] == ["strided"]
    rewritten = {path.stem for path in after if after[path] != before[path]}
    assert rewritten == {"pictures", "compare", "sweep", "sweep-data"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of the committed params.yaml in a new working directory."""
    monkeypatch.chdir(tmp_path)
    write(resolve(params.load(ROOT / "params.yaml")))
    return tmp_path / "settings"


def test_files_that_cannot_be_loaded_are_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"unknown variant 'lienar'; known are convolutional, .*vae \(`dvc repro sett"):
        TrainConfig.load("train/lienar")
    (folder / "compare.json").unlink()
    with pytest.raises(UserError, match=r"settings/compare\.json is missing; run `dvc repro settings`"):
        CompareConfig.load("compare")
    (folder / "pictures.json").write_text('{"pictures": {"every": 0}}')
    with pytest.raises(UserError, match=r"settings/pictures\.json is invalid \(.*\); run `dvc repro settings`"):
        PicturesConfig.load("pictures")
    monkeypatch.setattr(stage_configs, "version", lambda name: "99")
    with pytest.raises(UserError, match=rf"requires torch {version('torch')}, but 99 is installed; .*--force"):
        TrainConfig.load("train/linear")


def test_a_run_is_named_by_its_overrides(validated: Validated) -> None:
    config = resolve(validated({"model.latent": 2, "train.epochs": 5}))["compare"]
    assert isinstance(config, CompareConfig)
    assert (config.run, config.named("selu")) == ("fashion_mnist latent=2 epochs=5", "selu latent=2 epochs=5")


@pytest.mark.parametrize(
    ("variant", "changes", "line"),
    [
        ("linear", {}, "fully connected · 8 latent dimensions, ReLU · clean images · 50 epochs"),
        ("convolutional", {}, "convolutional · 10 latent dimensions, softmax · clean images · 50 epochs"),
        ("vae", {"variants.vae.corruption": "gaussian"}, "variational · images with Gaussian noise · 10 epochs"),
        ("pca", {"model.latent": 1}, "principal components · 1 latent dimension · clean images"),
    ],
)
def test_a_run_is_described_in_one_line(validated: Validated, variant: str, changes: dict[str, Any], line: str) -> None:
    config = resolve(validated(changes))[f"train/{variant}"]
    assert isinstance(config, TrainConfig)
    assert config.describe().endswith(line)


def test_runs_that_differ_in_their_seed_share_a_hash(folder: Path) -> None:
    config = TrainConfig.load("train/linear")
    assert config.model_copy(update={"seed": 5}).hash_without_seed() == config.hash_without_seed()
    assert config.model_copy(update={"fresh_noise": True}).hash_without_seed() == config.hash_without_seed()
    assert config.model_copy(update={"loss": "elbo"}).hash_without_seed() != config.hash_without_seed()


def test_an_override_drops_settings_that_it_makes_meaningless() -> None:
    values = {
        "optimizer": "sgd",
        "momentum": 0.5,
        "schedule": "step",
        "step_epochs": 2,
        "validation": 0.1,
        "patience": 3,
    }
    linear = params.load(ROOT / "params.yaml").variants["linear"]
    variant = linear.with_overrides(train=values)
    assert variant.train is not None
    assert variant.train.model_dump().items() >= values.items()
    plain = variant.with_overrides(train={"optimizer": "adam", "schedule": "constant", "validation": 0.0})
    assert plain == linear
    with pytest.raises(ValueError, match="patience needs validation images"):
        variant.with_overrides(train={"validation": 0.0, "patience": 3})
