"""A file of settings for each stage, which changes when something that the stage is told does, and only then."""

import json
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from hourglass.errors import UserError
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.settings import params, stages
from hourglass.settings.stage_configs import StageConfig, resolve, write
from stages import settings as settings_stage

Changed = Callable[[dict[str, Any]], Path]
LINEAR = "variants.linear"
NOISY = {"train/denoising", "train/convolutional_denoising", "train/denoising_vae"}
OCCLUDING = {"train/selu_denoising", "train/selu_denoising_2"}
VARIANTS = tuple(yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8"))["variants"])
TRAININGS = {f"train/{name}" for name in VARIANTS}
OF_SEED = {
    "preprocess-noise",
    "classifier",
    "baselines",
    "evaluate",
    "latent-analysis",
    "sgd-variants",
    "compare",
    "sweep-data",
    "sweep",
}


@pytest.fixture
def files(changed_params: Changed, tmp_path: Path) -> Callable[[dict[str, Any]], dict[str, bytes]]:
    """The files of settings, by name, as they are with changes in params.yaml."""

    def written(changes: dict[str, Any]) -> dict[str, bytes]:
        folder = tmp_path / "written"
        write(resolve(params.load(changed_params(changes))), folder)
        return content(folder)

    return written


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).with_suffix("").as_posix(): path.read_bytes() for path in folder.rglob("*.json")}


def differing(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


CHANGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "one variant's rate": ({f"{LINEAR}.train.learning_rate": 0.5}, {"train/linear", "sweep"}),
    "one variant's epochs": ({"variants.selu.train.epochs": 3}, {"train/selu", "sweep"}),
    "one variant's corruption": ({"variants.strided.corruption": "occlusion"}, {"train/strided", "sweep"}),
    "one variant's network": ({"variants.strided.network.activation": "selu"}, {"train/strided", "sweep"}),
    "the network that gradient descent trains": (
        {f"{LINEAR}.network.activation": "tanh"},
        {"train/linear", "sgd-variants", "sweep"},
    ),
    "the noise": ({"noise.sigma": 0.2}, NOISY | OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    "the square": ({"noise.occlusion": 5}, OCCLUDING | {"preprocess-noise", "compare", "sweep"}),
    "fixed noise": ({"noise.fresh": False}, NOISY | OCCLUDING | {"preprocess-noise", "sweep"}),
    "pictures": ({"pictures.every": 3}, {"pictures"}),
    "the device": ({"runtime.device": "cpu"}, set()),
    "threads": ({"runtime.threads": 7}, set()),
    "the classifier": ({"classifier.epochs": 1}, {"classifier", "sweep-data", "sweep"}),
    "the map": ({"latent_analysis.samples": 77}, {"latent-analysis"}),
    "passes of gradient descent": ({"sgd_variants.passes.mini_batch": 3}, {"sgd-variants"}),
    "the data set": ({"data.dataset": "digits"}, {"download", "preprocess-noise", "sgd-variants", "compare"}),
    "the seed": ({"seed": 1}, TRAININGS | OF_SEED),
    "a code size of its own": ({"variants.selu_2.network.latent": 3}, {"train/selu_2", "baselines", "sweep"}),
    "retries of a trial": ({"sweep.retries": 9}, {"sweep"}),
    "data sets of a sweep": ({"sweep.grids.latent_dim.datasets": ["digits"]}, {"sweep", "sweep-data"}),
    "every code size": ({"model.latent": 4}, TRAININGS | {"baselines", "compare"}),
    "every batch size": ({"train.batch_size": 7}, TRAININGS - {"train/pca"} | {"compare"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_told_to_whom_it_concerns(files: Callable[[dict[str, Any]], dict[str, bytes]], what: str) -> None:
    changes, concerned = CHANGES[what]
    before = files({})
    assert differing(before, files(changes)) == concerned


def test_what_an_override_hides_is_told_to_nobody(files: Callable[[dict[str, Any]], dict[str, bytes]]) -> None:
    before = files({"train.epochs": 4})
    hidden = {"train.epochs": 4, f"{LINEAR}.train.epochs": 9}
    assert differing(before, files(hidden)) == {"sweep"}  # which takes no overrides
    assert differing(before, files({"train.epochs": 5})) == TRAININGS - {"train/pca"} | {"compare"}


def test_there_is_a_file_for_every_stage_and_one_for_every_variant(
    files: Callable[[dict[str, Any]], dict[str, bytes]],
) -> None:
    assert files({}).keys() == TRAININGS | OF_SEED | {"download", "pictures", "sweep-pictures"}


def test_a_variant_is_told_what_it_is_trained_as_with_overrides(changed_params: Changed) -> None:
    loaded = params.load(changed_params({"train.epochs": 4, "model.latent": 3, "noise.sigma": 0.2}))
    found = resolve(loaded)["train/selu_denoising"]
    assert isinstance(found, stages.Training)
    assert found.train is not None
    assert (found.train.epochs, found.train.batch_size, found.network.latent) == (4, 512, 3)
    assert (found.loss, found.corruption, found.fresh_noise) == ("squared_error", "gaussian_occlusion", True)
    assert found.strengths == {"sigma": 0.2, "occlusion": 12}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_told_its_own_network_loss_corruption_and_training(changed_params: Changed, name: str) -> None:
    loaded = params.load(changed_params({"seed": 5}))
    found, variant = resolve(loaded)[f"train/{name}"], loaded.variant(name)
    assert isinstance(found, stages.Training)
    assert (found.seed, found.network, found.train) == (5, variant.network, variant.train)
    assert (found.loss, found.corruption) == (variant.loss, variant.corruption)


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({}, (2, 6, 8, 9, 10)),  # nine: of the softmax code of ten numbers
        ({"model.latent": 5}, (4, 5)),
        ({"model.latent": 1}, (1,)),
    ],
)
def test_baselines_are_of_every_latent_dim_and_every_number_of_free_numbers(
    changed_params: Changed, changes: dict[str, Any], sizes: tuple[int, ...]
) -> None:
    found = resolve(params.load(changed_params(changes)))["baselines"]
    assert isinstance(found, stages.Baselines)
    assert found.latent_dims == sizes


def test_gradient_descent_is_told_of_the_linear_network_as_it_is_described_without_overrides(
    changed_params: Changed,
) -> None:
    found = resolve(params.load(changed_params({"model.latent": 3})))["sgd-variants"]
    assert isinstance(found, stages.Sgd)
    assert (found.network.latent, found.loss) == (8, "squared_error")
    assert found.sgd.learning_rate.mini_batch == 2.0


def test_without_the_linear_variant_there_is_one_sentence(changed_params: Changed) -> None:
    with pytest.raises(
        UserError, match=r"params.yaml: variants: linear is missing, whose network .* are denoising, conv"
    ):
        params.load(changed_params({LINEAR: "DELETE"}))


def test_a_linear_variant_without_gradients_is_refused(changed_params: Changed) -> None:
    block = {"corruption": "none", "loss": "squared_error", "network": {"kind": "pca", "latent": 2}}
    with pytest.raises(UserError, match=r"variants\.linear\.network\.kind: .* has to be an autoencoder"):
        params.load(changed_params({LINEAR: block}))


DECIDED_BY = {
    **dict.fromkeys(
        ("train/linear", "train/pca", "classifier", "preprocess-noise", "sgd-variants", "sweep-data"), ("torch",)
    ),
    **dict.fromkeys(("baselines", "evaluate", "latent-analysis", "sweep"), ("scikit-learn", "torch", "torchmetrics")),
}


@pytest.mark.parametrize("name", DECIDED_BY)
def test_versions_of_the_libraries_that_decide_a_result_are_in_the_file(
    files: Callable[[dict[str, Any]], dict[str, bytes]], name: str
) -> None:
    assert json.loads(files({})[name])["libraries"] == {library: version(library) for library in DECIDED_BY[name]}


def test_another_version_of_torch_trains_anew(
    files: Callable[[dict[str, Any]], dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files({})
    monkeypatch.setattr(stages, "version", lambda name: "99" if name == "torch" else version(name))
    assert differing(before, files({})) == TRAININGS | DECIDED_BY.keys()


def test_other_stages_are_told_nothing_of_libraries(files: Callable[[dict[str, Any]], dict[str, bytes]]) -> None:
    with_libraries = {name for name, text in files({}).items() if "libraries" in json.loads(text)}
    assert with_libraries == TRAININGS | DECIDED_BY.keys()


def test_what_is_written_is_loaded_back(
    changed_params: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = resolve(params.load(changed_params({})))
    write(found)
    for name, settings in found.items():
        assert type(settings).load(name) == settings
    for name, kind in (("train/pca", PcaSpec), ("train/linear", NetworkSpec)):
        assert type(stages.Training.load(name).network) is kind


def test_files_that_would_not_change_are_left_alone_and_those_of_no_stage_go(
    changed_params: Changed, tmp_path: Path
) -> None:
    folder = tmp_path / "settings"
    write(resolve(params.load(changed_params({}))), folder)
    before = {name: (folder / f"{name}.json").stat() for name in content(folder)}
    assert "train/strided" in before
    write(
        resolve(params.load(changed_params({"variants.strided": "DELETE", "pictures.every": 3, "sweep.grids": {}}))),
        folder,
    )
    after = {name: (folder / f"{name}.json").stat() for name in content(folder)}
    assert before.keys() - after.keys() == {"train/strided"}
    rewritten = {name for name, now in after.items() if (now.st_mtime_ns, now.st_ino) != _place(before[name])}
    assert rewritten == {"pictures", "compare", "sweep", "sweep-data", "sweep-pictures"}  # compare lists the variants


def _place(stat: Any) -> tuple[int, int]:
    return stat.st_mtime_ns, stat.st_ino


def test_an_unknown_variant_is_one_sentence_with_the_known_ones(
    changed_params: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(resolve(params.load(changed_params({}))))
    with pytest.raises(UserError, match=r"no variant 'lienar'; there are convolutional, .*vae \(`dvc repro"):
        stages.Training.load("train/lienar")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(stages.Training, "train/linear"), (stages.Classifier, "classifier"), (stages.Compare, "compare")],
)
def test_a_missing_file_says_how_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[StageConfig], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"settings/{name}\.json is missing; `dvc repro settings` writes it from"):
        kind.load(name)


@pytest.mark.parametrize("text", ["", "{}", '{"pictures": {"every": 0}}', '{"pictures": {"every": 1}, "more": 1}'])
def test_a_file_that_the_stage_settings_did_not_write_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings/pictures.json").write_text(text)
    with pytest.raises(UserError, match=r"settings/pictures\.json is not what `dvc repro settings` writes \(.*\); run"):
        stages.PicturesOf.load("pictures")


def test_settings_for_another_version_are_refused(
    changed_params: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(resolve(params.load(changed_params({}))))
    monkeypatch.setattr(stages, "version", lambda name: "99" if name == "torch" else version(name))
    with pytest.raises(UserError, match=rf"json is for torch {version('torch')}, but 99 is installed; .*--force"):
        stages.Training.load("train/linear")


def test_a_run_is_named_by_its_overrides(changed_params: Changed) -> None:
    found = resolve(params.load(changed_params({"model.latent": 2, "train.epochs": 5})))["compare"]
    assert isinstance(found, stages.Compare)
    assert (found.run, found.named("selu")) == ("fashion_mnist latent=2 epochs=5", "selu latent=2 epochs=5")


def test_a_device_that_is_not_there_is_refused_before_anything_is_written(
    changed_params: Changed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_params({"runtime.device": "cuda"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"runtime\.device is 'cuda', but torch finds no CUDA GPU"):
        settings_stage.main()
    assert not (tmp_path / "settings").exists()
