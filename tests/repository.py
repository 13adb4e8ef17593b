"""A copy of this repository with a run of its own: git, DVC and MLflow, on digits, one epoch a variant."""

from hourglass import tracking  # noqa: F401  first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from dvc.repo import Repo
from mlflow import MlflowClient
from mlflow.entities import Run

from hourglass import signals

ROOT = Path(__file__).resolve().parent.parent
VARIANTS = ("linear", "denoising_vae", "pca")


def make(*words: str) -> tuple[str, ...]:
    """The command, in the environment that runs the tests: nothing is installed."""
    return ("make", "-o", f"{sys.prefix}/.ready", *words, f"VENV={sys.prefix}")


class Copy:
    """A copy of the working tree as a git and DVC repository of its own, cut down to a few variants."""

    def __init__(self, path: Path, **environment: str) -> None:
        self.path = path
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_", "MAKE"))
        } | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DVC_NO_ANALYTICS": "1",
            "OMP_NUM_THREADS": "1",
            **{f"GIT_{role}_{key}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")},
            **environment,
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy; its output and errors come back together."""
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def call(self, main: Callable[[], int], *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `python -m` would do with the module of `main`, in this process, which has imported all that it needs.

        What that module does first, `program.begin`, is left to tests/test_program.py and to those that `run` it.
        """
        said = io.StringIO()
        with (
            chdir(self.path),
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", [main.__module__, *arguments]),
            redirect_stdout(said),
            redirect_stderr(said),
            warnings.catch_warnings(action="ignore"),  # of DVC's, which it shows nobody either
        ):
            try:
                status = main()
            except Exception as error:
                status = signals.report(error)
        return subprocess.CompletedProcess([main.__module__, *arguments], status, said.getvalue())

    def done(self, *command: str) -> str:
        """Run a command that has to end well; returns what it printed."""
        result = self.run(*command)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def checkout(self) -> None:
        """`dvc checkout dvc.yaml`, in this process."""
        with chdir(self.path), warnings.catch_warnings(action="ignore"), Repo() as repo:
            repo.checkout(targets=["dvc.yaml"])

    def stale(self) -> set[str]:
        """What `dvc status dvc.yaml` names, in this process."""
        with chdir(self.path), warnings.catch_warnings(action="ignore"), Repo() as repo:
            return set(repo.status(targets=["dvc.yaml"]))

    def json(self, name: str) -> Any:
        return json.loads((self.path / name).read_text())

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change params.yaml."""
        file = self.path / "params.yaml"
        params = yaml.safe_load(file.read_text())
        change(params)
        file.write_text(yaml.safe_dump(params, sort_keys=False))

    def client(self) -> MlflowClient:
        """MLflow's records of the copy."""
        return MlflowClient(f"sqlite:///{self.path / 'mlflow.db'}")

    def runs(self) -> dict[str, Run]:
        """MLflow's trainings of variants on digits, by variant; the latest where there are several."""
        client = self.client()
        experiment = client.get_experiment_by_name("hourglass-digits")
        assert experiment is not None
        found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
        return {run.data.params["variant"]: run for run in found if "model.sha256" in run.data.tags}


def of_this_tree(path: Path, change: Callable[[dict[str, Any]], None], **environment: str) -> Copy:
    """A copy of the working tree without any result, its params.yaml changed; a git repository without a commit.

    environment: in which its commands run, beside that of the tests.
    """
    copy = Copy(path, **environment)
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).exists():
            (copy.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy.path / name)
    for leftover in ("metrics", "models", "plots", "settings"):  # results of the real run
        shutil.rmtree(copy.path / leftover, ignore_errors=True)
    (copy.path / "metrics").mkdir()
    shutil.copy2(ROOT / "metrics/sweep.csv", copy.path / "metrics")  # of a sweep, which no test repeats
    for lock in ("dvc.lock", "sweep/dvc.lock"):
        (copy.path / lock).unlink(missing_ok=True)

    def without_sweep(params: dict[str, Any]) -> None:
        params["sweep"]["grids"] = {}  # which name variants that may not be left
        change(params)

    copy.edit(without_sweep)
    copy.done("git", "init", "--quiet")
    return copy


def smaller(path: Path, **environment: str) -> Copy:
    """The copy in which next to nothing is trained; nothing has run there. environment: see `of_this_tree`."""

    def change(params: dict[str, Any]) -> None:
        params["data"]["dataset"] = "digits"
        params["train"]["epochs"] = 1
        params["classifier"]["epochs"] = 2
        params["sgd_variants"].update(images=200, passes={"stochastic": 2, "mini_batch": 3, "full_batch": 4})
        params["variants"] = {name: params["variants"][name] for name in VARIANTS}

    return of_this_tree(path, change, **environment)


def after_repro(path: Path) -> Copy:
    """That copy after `make repro JOBS=2`, committed."""
    copy = smaller(path)
    copy.done(*make("repro", "JOBS=2"))
    copy.done("git", "add", "--all")
    copy.done("git", "commit", "--quiet", "--message", "Results")
    return copy
