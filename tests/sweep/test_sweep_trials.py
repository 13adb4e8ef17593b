"""What a sweep trains, in which order, and what each result follows from."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dependencies import EXEMPT, closure, stages
from sweeping import HASHES, of_params, small

from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import trials as module
from hourglass.sweep.trials import MEASURED_BY, TRAINED_BY, Trial, sigma_in_words, trials

LINEAR = {"variants": ["linear"]}
DENOISING = {"variants": ["denoising"]}
WORK = Path("src/hourglass/sweep/work.py")
CARRIES = {
    "data/datasets.py": "which data sets there are",
    "data/idx.py": "how files are read; the hashes of what was read are in the keys",
    "data/remote.py": "how files are fetched; the hashes of what was read are in the keys",
    "losses/__init__.py": "hands on the losses by name",
    "settings/grids.py": "the form of settings, which are in the keys themselves",
    "sweep/data.py": "carries images and classifier to a worker as they are",
}
"""What work.py imports that decides no result, and why, beside what decides none anywhere."""


def one(sweep: SweepConfig, hashes: Mapping[str, Mapping[str, str]] = HASHES) -> Trial:
    """The only trial."""
    (trial,) = trials(sweep, hashes)
    return trial


def strength(trial: Trial) -> dict[str, float]:
    return dict(trial.settings.strengths)


def test_trials_come_grid_by_grid_in_the_order_of_the_lists_the_seeds_last() -> None:
    grids = {
        "b": {"variants": ["strided", "linear"], "latent": [8, 2], "seeds": [1, 0]},
        "a": {"variants": ["denoising"], "sigma": [0.5, 0.1], "sigma_range": [0.2, 0.4]},
    }
    found = [
        (trial.grid, trial.variant, trial.settings.network.latent, trial.sigma, trial.seed)
        for trial in trials(small(grids), HASHES)
    ]
    places = [("b", variant, latent, None) for variant in ("strided", "linear") for latent in (8, 2)]
    assert found == [
        *((*place, seed) for place in places for seed in (1, 0)),
        *(("a", "denoising", 8, sigma, 0) for sigma in (0.5, 0.1, (0.2, 0.4))),
    ]


def test_a_closed_form_is_there_once_whatever_the_seeds() -> None:
    found = trials(small({"a": {"variants": ["pca", "linear"], "latent": [2, 4], "seeds": [5, 6, 7]}}), HASHES)
    assert [(trial.settings.network.latent, trial.seed) for trial in found if trial.variant == "pca"] == [
        (2, 5),
        (4, 5),
    ]
    assert [trial.seed for trial in found if trial.variant == "linear"] == [5, 6, 7] * 2


def test_without_a_list_of_variants_all_are_trained() -> None:
    found = trials(small({"a": {}}), HASHES)
    assert [trial.variant for trial in found] == list(of_params().variants)


def test_what_a_grid_lists_takes_effect() -> None:
    trial = one(small({"a": DENOISING | {"latent": [3], "epochs": 4, "sigma": [0.2], "seeds": [9]}}))
    settings = trial.settings
    assert settings.train is not None
    assert (settings.network.latent, settings.train.epochs, settings.seed) == (3, 4, 9)
    assert (settings.corruption, strength(trial)) == ("gaussian", {"sigma": 0.2})
    assert trial.name == "digits denoising latent=3 sigma=0.2 epochs=4 seed=9"


def test_noise_over_a_range_is_drawn_between_its_two_strengths() -> None:
    trial = one(small({"a": DENOISING | {"sigma_range": [0.1, 0.4]}}))
    assert (trial.settings.corruption, strength(trial)) == ("gaussian_range", {"sigma_low": 0.1, "sigma_high": 0.4})
    assert trial.sigma is not None
    assert sigma_in_words(trial.sigma) == "0.1–0.4"


def test_what_a_grid_leaves_out_is_the_variants_own() -> None:
    for trial in trials(small({"a": {"epochs": None}}), HASHES):
        variant = of_params().variants[trial.variant]
        assert (trial.settings.network, trial.settings.train) == (variant.network, variant.train)
        own = of_params().strengths["sigma"] if "gaussian" in variant.corruption else None
        assert trial.sigma == own == strength(trial).get("sigma")


def test_one_place_in_two_grids_is_one_training() -> None:
    first, second = trials(small({"a": LINEAR, "b": LINEAR | {"latent": [8]}}), HASHES)
    assert (first.key, first.training_key) == (second.key, second.training_key)


def of_data(name: str) -> Trial:
    return one(small({"a": DENOISING}), {"digits": HASHES["digits"] | {name: "another"}})


def with_rate(sweep: SweepConfig, variant: str) -> SweepConfig:
    """A variant with a learning rate of its own."""
    old = sweep.variants[variant]
    assert old.train is not None
    train = old.train.model_copy(update={"learning_rate": 0.5})
    return sweep.model_copy(update={"variants": sweep.variants | {variant: old.model_copy(update={"train": train})}})


def changed(grid: Mapping[str, Any], **changes: Any) -> Trial:
    return one(small({"a": DENOISING | dict(grid)}, **changes))


@pytest.mark.parametrize(
    "other",
    [
        changed({"seeds": [1]}),
        changed({"latent": [3]}),
        changed({"epochs": 3}),
        changed({"sigma": [0.2]}),
        changed({"sigma_range": [0.2, 0.3]}),
        changed({}, seed=1),
        changed({}, fresh=False),
        changed({}, strengths=of_params().strengths | {"sigma": 0.2}),
        one(with_rate(small({"a": DENOISING}), "denoising")),
        of_data("train"),
        of_data("test"),
    ],
    ids=("seed", "latent", "epochs", "sigma", "range", "sweep", "fixed", "noise", "rate", "training", "test"),
)
def test_what_decides_a_training_trains_anew(other: Trial) -> None:
    trial = changed({})
    assert other.training_key != trial.training_key
    assert other.key != trial.key


@pytest.mark.parametrize(
    "other",
    [
        changed({}, classifier=of_params().classifier.model_copy(update={"epochs": 99})),
        changed({}, noise=(0.1, 0.4)),
        changed({}, strengths=of_params().strengths | {"occlusion": 13}),
        changed({}, libraries=of_params().libraries | {"torchmetrics": "0"}),
    ],
    ids=("classifier", "noise", "occlusion", "libraries"),
)
def test_what_decides_the_measuring_alone_measures_anew(other: Trial) -> None:
    trial = changed({})
    assert other.training_key == trial.training_key
    assert other.key != trial.key


def test_what_is_changed_elsewhere_leaves_a_result_as_it_is() -> None:
    trial = changed({})
    grids = {"b": DENOISING, "c": LINEAR | {"seeds": [0, 1]}}
    other = trials(with_rate(small(grids, retries=7), "strided"), HASHES)[0]
    assert (other.training_key, other.key) == (trial.training_key, trial.key)


def keys(trial: Trial) -> tuple[str, str]:
    """Worked out anew."""
    again = Trial(trial.grid, trial.dataset, trial.variant, trial.sigma, trial.settings, trial.sweep, trial.images)
    return again.training_key, again.key


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's code, to be changed."""
    shutil.copytree(module.SOURCE, tmp_path / "hourglass", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "SOURCE", tmp_path / "hourglass")
    monkeypatch.setattr(module, "_hashes", {})
    return tmp_path / "hourglass"


def test_a_change_of_the_code_changes_what_follows_from_it(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = changed({})
    before, seen = keys(trial), set()
    for file in sorted(source.rglob("*.py")):
        content = file.read_bytes()
        file.write_bytes(content + b"# changed\n")
        monkeypatch.setattr(module, "_hashes", {})
        training, whole = keys(trial)
        name = file.relative_to(source).as_posix()
        trained = within(name, [place.format(corruption="gaussian", loss="squared_error") for place in TRAINED_BY])
        measured = within(name, MEASURED_BY)
        assert (training != before[0], whole != before[1]) == (trained, trained or measured), name
        seen |= {(trained, measured)}
        file.write_bytes(content)
    assert len(seen) == 4


def within(name: str, places: Any) -> bool:
    return any(name == place or name.startswith(f"{place}/") for place in places)


def test_code_that_trains_is_what_the_pipeline_has_it_to_be_and_what_corrupts_for_it() -> None:
    code = [dep.removeprefix("src/hourglass/") for dep in stages()["train"]["deps"] if dep.startswith("src/")]
    listed = {dep.replace("${item.", "{") for dep in code}
    files = {name for name in TRAINED_BY if not name.startswith("training/")}
    assert files | {"training"} == listed | {"data/corrupted.py"}


def test_code_that_decides_results_is_named_and_no_other() -> None:
    trained = [place.format(corruption="none", loss="squared_error") for place in TRAINED_BY]
    run = {file.removeprefix("src/hourglass/") for file in closure(WORK) if not within(file, EXEMPT)}
    assert {name for name in run if not within(name, [*trained, *MEASURED_BY])} == set(CARRIES)
    assert [place for place in MEASURED_BY if not any(within(name, [place]) for name in run)] == []
