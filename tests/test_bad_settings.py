"""Invalid settings in a repository with results: refused by stage `settings` before any output is touched."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import ROOT, Copy

INJECTION = "x;touch pwned;$(touch pwned)"
INVALID = {"model.latent": 0, "train.epocs": 3, "data.dataset": "cifar", "variants.linear.network.kind": "gan"}
MESSAGES = (
    "params.yaml: model.latent is 0; must be greater than 0",
    "params.yaml: train.epocs is not a setting; did you mean epochs?",
    "params.yaml: data.dataset is 'cifar'; must be 'cifar10', 'cifar100', 'digits', 'emnist_letters', "
    "'emnist_balanced', 'fashion_mnist', 'kmnist', 'mnist', 'svhn', 'folder' or 'npz'",
    "params.yaml: variants.linear.network.kind is 'gan'; must be 'autoencoder' or 'pca'",
)


@pytest.fixture
def repository(tmp_path: Path) -> Copy:
    """A repository with code, settings and stand-ins for results."""
    for name in ("src", "stages", "settings", "images", "pretrained"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "requirements.txt", ".dvcignore", ".dvc/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("data/raw/images", "models/linear.safetensors"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("result")
    copy = Copy(tmp_path)
    copy.done("git", "init", "--quiet")
    return copy


def results(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for name in ("data", "models", "settings")
        for path in folder.glob(f"{name}/**/*.*")
    }


@pytest.mark.slow
def test_dvc_repro_reports_all_problems_and_keeps_all_results(
    repository: Copy, changed_params: Callable[[dict[str, Any]], Path]
) -> None:
    before = results(repository.path)
    changed_params(INVALID)
    done = repository.run("dvc", "repro")
    assert done.returncode != 0
    assert all(message in done.stdout for message in MESSAGES)
    assert "Traceback" not in done.stdout
    assert results(repository.path) == before


@pytest.mark.slow
def test_no_shell_runs_the_name_of_a_variant(
    repository: Copy, changed_params: Callable[[dict[str, Any]], Path]
) -> None:
    variants = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["variants"]
    changed_params({f"variants.{INJECTION}": variants["pca"]})
    assert repository.run("dvc", "repro", "--force", "--single-item", f"train@{INJECTION}").returncode != 0
    assert not list(repository.path.rglob("pwned"))


def test_no_command_in_dvc_yaml_contains_a_setting() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    commands = [block.get("do", block)["cmd"] for block in stages.values()]
    assert len(commands) > 10
    assert not [command for command in commands if "$" in command]
