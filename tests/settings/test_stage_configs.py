"""Settings files: each changes with the settings of its stage, and only then."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from committed import PARAMS as COMMITTED

from hourglass.errors import UserError
from hourglass.settings import stage_configs
from hourglass.settings.params import Params
from hourglass.settings.stage_configs import BaselinesConfig, CompareConfig, SgdConfig, TrainConfig, resolve, write

Validated = Callable[..., Params]
NOISY = {"train/denoising", "train/convolutional_denoising", "train/denoising_vae"}
OCCLUDING = {"train/selu_denoising", "train/selu_denoising_2"}
RATES = {"stochastic": 0.1, "mini_batch": 1.0, "full_batch": 2.0}
LINEAR = resolve(COMMITTED)["train/linear"]
assert isinstance(LINEAR, TrainConfig)
VARIANTS = {f"train/{name}" for name in COMMITTED.variants}
SEEDED = {"preprocess-noise", "classifier", "baselines", "evaluate", "latent-analysis"}
SEEDED |= {"sgd-variants", "compare", "sweep-data", "sweep"}

CHANGES: list[tuple[dict[str, Any], set[str]]] = [
    ({"variants.selu.train.learning_rate": 0.5}, {"train/selu", "sweep"}),
    ({"variants.linear.network.activation": "tanh"}, {"train/linear", "sgd-variants", "sweep"}),
    ({"variants.selu_2.network.latent": 3}, {"train/selu_2", "baselines", "sweep"}),
    ({"noise.sigma": 0.2}, NOISY | OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    ({"noise.occlusion": 5}, OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    ({"noise.fresh": False}, NOISY | OCCLUDING | {"preprocess-noise", "sweep"}),
    ({"pictures.every": 3}, {"pictures"}),
    ({"runtime.device": "cpu", "runtime.threads": 7}, set()),
    ({"data.path": "elsewhere", "data.size": 64, "data.channels": 3}, set()),  # of own images
    ({"sheets": {"mine": ["vae"]}}, {"compare"}),
    ({"classifier.epochs": 1}, {"classifier", "sweep-data", "sweep"}),
    ({"latent_analysis.samples": 77}, {"latent-analysis"}),
    ({"sgd_variants.passes.mini_batch": 3}, {"sgd-variants"}),
    ({"data.dataset": "digits"}, {"download", "preprocess-noise", "sgd-variants", "compare"}),
    ({"seed": 1}, VARIANTS | SEEDED),
    ({"sweep.retries": 9}, {"sweep"}),
    ({"sweep.grids.latent_dim.datasets": ["digits"]}, {"sweep", "sweep-data"}),
    ({"model.latent": 4}, VARIANTS | {"baselines", "compare"}),
    ({"train.batch_size": 7}, VARIANTS - {"train/pca"} | {"compare"}),
]


def texts(settings: Params) -> dict[str, str]:
    """Return the content of all settings files, by name."""
    return {name: config.model_dump_json() for name, config in resolve(settings).items()}


BEFORE = texts(COMMITTED)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize(("changes", "stages"), CHANGES)
def test_a_change_concerns_only_the_stages_that_use_it(
    validated: Validated, changes: dict[str, Any], stages: set[str]
) -> None:
    assert changed(BEFORE, texts(validated(changes))) == stages


def test_an_overridden_value_concerns_only_the_sweep(validated: Validated) -> None:
    overridden, hidden = {"train.epochs": 4}, {"variants.linear.train.epochs": 9}
    assert changed(texts(validated(overridden)), texts(validated(overridden | hidden))) == {"sweep"}


def test_gradient_descent_has_the_learning_rates_of_its_data_set(validated: Validated) -> None:
    rates = {"default": RATES, "mnist": {name: 3 * rate for name, rate in RATES.items()}}
    for dataset, entry in (("mnist", "mnist"), ("digits", "default")):
        config = resolve(validated({"data.dataset": dataset, "sgd_variants.learning_rate": rates}))["sgd-variants"]
        assert isinstance(config, SgdConfig)
        assert config.sgd.learning_rate.model_dump() == rates[entry]


@pytest.mark.parametrize(("changes", "dims"), [({}, (2, 6, 8, 9, 10)), ({"model.latent": 1}, (1,))])
def test_baselines_cover_all_and_all_free_latent_dimensions(
    validated: Validated, changes: dict[str, Any], dims: tuple[int, ...]
) -> None:
    config = resolve(validated(changes))["baselines"]
    assert isinstance(config, BaselinesConfig)
    assert config.latent_dims == dims


def test_another_version_of_torch_concerns_all_stages_that_compute_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_configs, "version", lambda name: "99" if name == "torch" else version(name))
    after = texts(COMMITTED)
    assert changed(BEFORE, after) == VARIANTS | SEEDED - {"compare"}
    assert {name for name, text in after.items() if "libraries" in text} == VARIANTS | SEEDED - {"compare"}


def test_only_changed_files_are_rewritten_and_those_of_removed_variants_deleted(
    validated: Validated, tmp_path: Path
) -> None:
    def written(settings: Params) -> dict[Path, int]:
        write(resolve(settings), tmp_path / "settings")
        return {path: path.stat().st_ino for path in (tmp_path / "settings").rglob("*.json")}

    before = written(COMMITTED)
    changes = {"variants.strided": "DELETE", "pictures.every": 3, "sweep.grids": {}, "sheets": {}}
    after = written(validated(changes))
    assert [path.stem for path in before.keys() - after.keys()] == ["strided"]
    rewritten = {path.stem for path in after if after[path] != before[path]}
    assert rewritten == {"pictures", "compare", "sweep", "sweep-data"}


def test_settings_of_other_libraries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write({"train/linear": LINEAR})
    assert TrainConfig.load("train/linear") == LINEAR
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
        ("vae", {"variants.vae.corruption": "gaussian"}, "variational · images with Gaussian noise · 10 epochs"),
        ("pca", {"model.latent": 1}, "principal components · 1 latent dimension · clean images"),
    ],
)
def test_a_run_is_described_in_one_line(validated: Validated, variant: str, changes: dict[str, Any], line: str) -> None:
    config = resolve(validated(changes))[f"train/{variant}"]
    assert isinstance(config, TrainConfig)
    assert config.describe().endswith(line)


def test_runs_that_differ_in_their_seed_share_a_hash() -> None:
    assert LINEAR.model_copy(update={"seed": 5}).hash_without_seed() == LINEAR.hash_without_seed()
    assert LINEAR.model_copy(update={"loss": "elbo"}).hash_without_seed() != LINEAR.hash_without_seed()


def test_an_override_drops_settings_that_it_makes_meaningless() -> None:
    values = {"optimizer": "sgd", "momentum": 0.5, "schedule": "step", "step_epochs": 2}
    values |= {"validation": 0.1, "patience": 3}
    linear = COMMITTED.variants["linear"]
    variant = linear.with_overrides(train=values)
    assert variant.train is not None
    assert variant.train.model_dump().items() >= values.items()
    plain = variant.with_overrides(train={"optimizer": "adam", "schedule": "constant", "validation": 0.0})
    assert plain == linear
    with pytest.raises(ValueError, match="patience needs validation images"):
        variant.with_overrides(train={"validation": 0.0, "patience": 3})
