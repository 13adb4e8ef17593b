"""Trials of a sweep: their order, their settings, and the cache keys of their results."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import ROOT
from sweeping import HASHES, full_config, one, small

from hourglass.datasets import DATASETS
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import trials as module
from hourglass.sweep.trials import MEASURED_BY, TRAINED_BY, Trial, trials

LINEAR = {"variants": ["linear"]}
DENOISING = {"variants": ["denoising"]}


def test_trials_follow_the_order_of_the_grids_seeds_last() -> None:
    grids = {
        "b": {"variants": ["strided", "linear"], "latent": [8, 2], "seeds": [1, 0]},
        "a": {"variants": ["denoising"], "sigma": [0.5, 0.1], "sigma_range": [0.2, 0.4]},
    }
    places = [
        (trial.grid, trial.variant, trial.settings.network.latent, trial.sigma, trial.settings.seed)
        for trial in trials(small(grids), HASHES)
    ]
    assert places == [
        *(
            ("b", variant, latent, "", seed)
            for variant in ("strided", "linear")
            for latent in (8, 2)
            for seed in (1, 0)
        ),
        *(("a", "denoising", 8, sigma, 0) for sigma in ("0.5", "0.1", "0.2–0.4")),
    ]


def test_a_closed_form_has_one_seed() -> None:
    planned = trials(small({"a": {"variants": ["pca", "linear"], "seeds": [5, 6]}}), HASHES)
    assert [(trial.variant, trial.settings.seed) for trial in planned] == [("pca", 5), ("linear", 5), ("linear", 6)]


def test_a_grid_of_single_classes_has_one_trial_for_each() -> None:
    planned = trials(small({"a": LINEAR | {"one_class": True, "seeds": [0, 1]}, "b": LINEAR}), HASHES)
    one_class, (every,) = planned[:20], planned[20:]
    assert [(trial.label, trial.settings.seed) for trial in one_class] == [(n, s) for s in (0, 1) for n in range(10)]
    assert len({trial.training_key for trial in planned}) == len({trial.key for trial in planned}) == 21
    assert one_class[3].name == "digits:3 linear latent=8 epochs=2 seed=0"
    assert (one_class[3].result({}).dataset, every.result({}).dataset) == ("digits:3", "digits")


def test_a_grid_overrides_the_variant() -> None:
    grid = DENOISING | {"latent": [3], "epochs": 4, "sigma": [0.2], "sigma_range": [0.1, 0.5], "seeds": [9]}
    fixed, drawn = trials(small({"a": grid}), HASHES)
    settings = fixed.settings
    assert settings.train is not None
    assert (settings.network.latent, settings.train.epochs, settings.seed) == (3, 4, 9)
    assert (fixed.sigma, settings.strengths) == ("0.2", {"sigma": 0.2})
    assert drawn.settings.corruption == "gaussian_range"
    assert drawn.settings.strengths == {"sigma_low": 0.1, "sigma_high": 0.5}


def test_an_empty_grid_has_all_variants_with_their_settings() -> None:
    planned = trials(small({"a": {"epochs": None}}), HASHES)
    assert [trial.variant for trial in planned] == list(full_config().variants)
    for trial in planned:
        variant = full_config().variants[trial.variant]
        network = variant.network.resolved(DATASETS[trial.dataset].shape)
        assert (trial.settings.network, trial.settings.train) == (network, variant.train)
        assert trial.sigma == (f"{full_config().strengths['sigma']:g}" if "gaussian" in variant.corruption else "")


def with_learning_rate(config: SweepConfig, variant: str) -> SweepConfig:
    """Return the sweep with another learning rate of one variant."""
    old = config.variants[variant]
    assert old.train is not None
    train = old.train.model_copy(update={"learning_rate": 0.5})
    return config.model_copy(update={"variants": config.variants | {variant: old.model_copy(update={"train": train})}})


def changed(grid: dict[str, Any], **changes: Any) -> Trial:
    """Return the trial of `denoising` with changes of its grid and of the sweep."""
    return one(small({"a": DENOISING | grid}, **changes))


WEIGHTS = [
    *(changed(grid) for grid in ({"seeds": [1]}, {"latent": [3]}, {"epochs": 3}, {"sigma": [0.2]})),
    *(changed({"sigma_range": [0.2, 0.3]}), changed({}, seed=1), changed({}, fresh=False)),
    one(with_learning_rate(small({"a": DENOISING}), "denoising")),
    one(small({"a": DENOISING}), {"digits": HASHES["digits"] | {"test": "another"}}),
]
METRICS = [
    changed({}, classifier=full_config().classifier.model_copy(update={"epochs": 99})),
    changed({}, noise=(0.1, 0.4)),
    changed({}, strengths=full_config().strengths | {"occlusion": 13}),
    changed({}, libraries=full_config().libraries | {"torchmetrics": "0"}),
]


@pytest.mark.parametrize(
    ("other", "trained"), [*((trial, True) for trial in WEIGHTS), *((trial, False) for trial in METRICS)]
)
def test_what_decides_weights_or_metrics_changes_keys(other: Trial, trained: bool) -> None:
    assert (other.training_key != changed({}).training_key) == trained
    assert other.key != changed({}).key


def test_other_variants_grids_and_retries_change_no_key() -> None:
    grids = {"b": DENOISING, "c": DENOISING | {"latent": [8]}, "d": LINEAR | {"seeds": [0, 1]}}
    for other in trials(with_learning_rate(small(grids, retries=7), "strided"), HASHES)[:2]:
        assert (other.training_key, other.key) == (changed({}).training_key, changed({}).key)


def test_a_changed_file_changes_the_keys_of_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "hourglass"
    shutil.copytree(module.SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "SOURCE", source)

    def keys() -> tuple[str, str]:
        module._code_hashes.cache_clear()
        trial = changed({})
        return trial.training_key, trial.key

    training, metrics = keys()
    for name, retrains, reevaluates in (
        ("training/loop.py", True, True),
        ("corruptions/gaussian.py", True, True),
        ("corruptions/occlusion.py", False, True),
        ("losses/elbo.py", False, True),
        ("samplers.py", False, True),
        ("figures/style.py", False, False),
        ("tracking/runs.py", False, False),
    ):
        content = (source / name).read_bytes()
        (source / name).write_bytes(content + b"# changed\n")
        new_training, new_metrics = keys()
        assert (new_training != training, new_metrics != metrics) == (retrains, reevaluates), name
        (source / name).write_bytes(content)
    module._code_hashes.cache_clear()


def test_keys_hash_the_packages_that_dvc_depends_on() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]

    def packages(stage: str) -> set[str]:
        deps = [dep.replace("${item.", "{") for dep in stages[stage]["do"]["deps"]]
        return {dep.removeprefix("src/hourglass/") for dep in deps if dep.startswith("src/")}

    assert set(TRAINED_BY.split()) == packages("train")
    outliers = {f"datasets/{name}.py" for name in ("fashion_mnist", "mnist", "preparation")}
    assert set(MEASURED_BY.split()) == packages("evaluate") | packages("latent-analysis") | outliers
    deps = yaml.safe_load((ROOT / "sweep/dvc.yaml").read_text(encoding="utf-8"))["stages"]["train"]["deps"]
    assert all(any(f"src/hourglass/{name}".startswith(dep) for dep in deps) for name in MEASURED_BY.split())
