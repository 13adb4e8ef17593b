"""Invalid settings in a repository with results: refused by stage `settings` before any output is touched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
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
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with code, settings and stand-ins for results, as working directory."""
    for name in ("src", "stages", "settings", "images", "pretrained"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "params.yaml", "requirements.txt", ".dvcignore", ".dvc/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("data/raw/images", "models/linear.safetensors"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("result")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path: Path, changes: dict[str, Any]) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        *parents, last = key.split(".")
        block = content
        for parent in parents:
            block = block[parent]
        block[last] = value
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def results(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for name in ("data", "models", "settings")
        for path in folder.glob(f"{name}/**/*.*")
    }


def dvc(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
    return subprocess.run(["dvc", *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_dvc_repro_reports_all_problems_and_keeps_all_results(repository: Path) -> None:
    before = results(repository)
    change(repository / "params.yaml", INVALID)
    done = dvc("repro")
    assert done.returncode != 0
    assert all(message in done.stderr for message in MESSAGES)
    assert "Traceback" not in done.stdout + done.stderr
    assert results(repository) == before


@pytest.mark.slow
def test_no_shell_runs_the_name_of_a_variant(repository: Path) -> None:
    content = yaml.safe_load((repository / "params.yaml").read_text(encoding="utf-8"))
    change(repository / "params.yaml", {f"variants.{INJECTION}": content["variants"]["pca"]})
    assert dvc("repro", "--force", "--single-item", f"train@{INJECTION}").returncode != 0
    assert not list(repository.rglob("pwned"))


def test_no_command_in_dvc_yaml_contains_a_setting() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    commands = [block.get("do", block)["cmd"] for block in stages.values()]
    assert len(commands) > 10
    assert not [command for command in commands if "$" in command]
