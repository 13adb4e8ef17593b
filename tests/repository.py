"""A copy of this repository with git, DVC and MLflow of its own, in which little is trained."""

from hourglass import tracking  # noqa: F401  configures MLflow, which reads its settings on import

# isort: split
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from dvc.repo import Repo
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Run

from hourglass import signals

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = ("linear", "denoising_vae", "pca")
Change = Callable[[dict[str, Any]], None]
FIRST = ("settings", "download", "preprocess-noise", "classifier", "baselines", "sgd-variants")
OF_VARIANTS = ("train", "evaluate", "latent-analysis", "pictures")
# another locale, time zone and hash seed
ELSEWHERE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}
# each stage in a process of its own, as with DVC, but one process imports what all need
FORKING = """
import os, sys
from importlib import import_module
main = {stage: import_module("stages." + stage.partition("@")[0].replace("-", "_")).main for stage in sys.argv[1:]}
import alembic, matplotlib.pyplot, mlflow.store.tracking.sqlalchemy_store, sklearn.manifold, sklearn.mixture
import sklearn.neighbors, torch._dynamo, torch.export, torchmetrics.functional.image
from hourglass import signals
for stage in main:
    if not (child := os.fork()):
        signals.install_handlers()
        main[stage](*stage.split("@")[1:])
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{stage} failed")
"""


def make(*arguments: str) -> tuple[str, ...]:
    """Return a `make` command that uses the environment of the tests and installs nothing."""
    return ("make", "-o", f"{sys.prefix}/.ready", *arguments, f"VENV={sys.prefix}")


class Copy:
    """A folder with code and settings of this repository, and commands that run in it.

    Args:
        path: the folder.
        environment: variables of its commands, in addition to those of the tests.
    """

    def __init__(self, path: Path, **environment: str) -> None:
        self.path = path
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DVC_", "MLFLOW_", "MAKE", "CI", "GITHUB_"))
        } | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "OMP_NUM_THREADS": "1",
            **{f"GIT_{role}_{key}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")},
            **environment,
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command; `stdout` of the result also contains its errors."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def done(self, *command: str) -> str:
        """Run a command that must succeed; return its output."""
        result = self.run(*command)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def call(self, main: Callable[[], int | None], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call the `main` of a module in this process, which saves the seconds that a new one needs for imports."""
        output = io.StringIO()
        with (
            chdir(self.path),
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", [main.__module__, *arguments]),
            redirect_stdout(output),
            redirect_stderr(output),
            warnings.catch_warnings(action="ignore"),
        ):
            try:
                status = main() or 0
            except Exception as error:
                status = signals.report(error)
        return subprocess.CompletedProcess([main.__module__, *arguments], status, output.getvalue())

    def stale(self) -> set[str]:
        """Return the stages that `dvc status dvc.yaml` lists."""
        with chdir(self.path), warnings.catch_warnings(action="ignore"), Repo() as repo:
            return set(repo.status(targets=["dvc.yaml"]))

    def json(self, name: str) -> Any:
        return json.loads((self.path / name).read_text())

    def edit(self, change: Change) -> None:
        """Change params.yaml."""
        file = self.path / "params.yaml"
        params = yaml.safe_load(file.read_text())
        change(params)
        file.write_text(yaml.safe_dump(params, sort_keys=False))

    def commit(self) -> None:
        self.done("git", "add", "--all")
        self.done("git", "commit", "--quiet", "--message", "Change")

    def client(self) -> MlflowClient:
        return MlflowClient(f"sqlite:///{self.path / 'mlflow.db'}")

    def runs(self) -> dict[str, Run]:
        """Return the latest MLflow run of every variant on digits."""
        client = self.client()
        experiment = client.get_experiment_by_name("hourglass-digits")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
        return {run.data.params["variant"]: run for run in runs if "model.sha256" in run.data.tags}


def of_this_tree(path: Path, change: Change, **environment: str) -> Copy:
    """Copy the working tree without results, change its params.yaml, and make it a git repository without commits."""
    copy = Copy(path, **environment)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).exists():
            (copy.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy.path / name)
    for folder in ("metrics", "models", "plots", "settings", "results"):
        shutil.rmtree(copy.path / folder, ignore_errors=True)
    (copy.path / "metrics").mkdir()
    for table in ("sweep.csv", "similarity.csv"):  # results of a sweep, which no test repeats
        shutil.copy2(ROOT / "metrics" / table, copy.path / "metrics")
    for lock in ("dvc.lock", "sweep/dvc.lock"):
        (copy.path / lock).unlink(missing_ok=True)

    def without_sweep(params: dict[str, Any]) -> None:
        params["sweep"]["grids"], params["sheets"] = {}, {}  # they name variants that `change` may remove
        change(params)

    copy.edit(without_sweep)
    copy.done("git", "init", "--quiet", "--initial-branch", "main")
    return copy


def smaller(path: Path, **environment: str) -> Copy:
    """Copy the working tree with three variants on digits and one epoch each; nothing has run there."""

    def change(params: dict[str, Any]) -> None:
        params["data"]["dataset"] = "digits"
        params["train"]["epochs"] = 1
        params["classifier"]["epochs"] = 2
        params["sgd_variants"].update(images=100, passes={"stochastic": 1, "mini_batch": 2, "full_batch": 3})
        params["latent_analysis"]["samples"] = 100
        params["variants"] = {name: params["variants"][name] for name in VARIANTS}

    return of_this_tree(path, change, **environment)


def stages_of(variants: Iterable[str]) -> list[str]:
    """Return the stages that give the comparison of variants all that it needs."""
    return [*FIRST, *(f"{stage}@{variant}" for stage in OF_VARIANTS for variant in variants)]


def with_results(path: Path) -> None:
    """Make a smaller copy, run all stages there, and commit the results."""
    copy = smaller(path)
    copy.done(sys.executable, "-c", FORKING, *stages_of(VARIANTS), "sgd-pictures", "sweep-pictures", "compare")
    copy.done("dvc", "commit", "--force", "dvc.yaml")
    copy.commit()


def made_once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Return a folder that `fill` makes in the first pytest worker that needs it. No test may change it."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{place}.lock"):
        if not (done := place / "done").exists():
            fill(place / "hourglass")
            done.touch()
    return place / "hourglass"
