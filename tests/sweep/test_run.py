"""Sweeps: the same table in this process, on Ray, and whatever is killed."""

from hourglass import tracking  # noqa: F401  first: mlflow reads its settings on import

# isort: split
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from ray.cluster_utils import Cluster
from sweeping import small

from hourglass.errors import UserError
from hourglass.records import sweep as table
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import cluster as module
from hourglass.sweep.cluster import Event, Failure
from hourglass.sweep.job import Job, SweepImages, execute
from hourglass.sweep.run import sweep

LONG = 24  # epochs of the run that is disturbed, which starts first
GRIDS = {
    "short": {"variants": ["denoising", "pca"], "latent": [2], "seeds": [0, 1]},
    "long": {"variants": ["strided"], "latent": [2], "epochs": LONG},
}
TRIALS = 4
ENVIRONMENT = ("DVC_EXP_NAME", "DVC_STAGE", "DVC_EXP_BASELINE_REV", "DVC_ROOT", "MLFLOW_TRACKING_URI", "RAY_ADDRESS")
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
DRIVER = """
import sys
from pathlib import Path
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.run import sweep
settings = SweepConfig.model_validate_json(Path("settings.json").read_text())
sweep(settings, Path(sys.argv[1]), Path("trials"), Path("sweep.csv"), 2)
"""
SOURCE = Path(__file__).parents[2] / "src"


class Workspace:
    """A folder with the trials, the table and the MLflow store of a sweep."""

    def __init__(self, root: Path) -> None:
        self.root, self.trials, self.table = root, root / "trials", root / "sweep.csv"
        root.mkdir(exist_ok=True)

    def sweep(self, settings: SweepConfig, images: Path, address: str = "") -> bytes:
        """Run a sweep, in this process or on a cluster, and return the table's bytes."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ENVIRONMENT:
                patch.delenv(name, raising=False)
            patch.chdir(self.root)
            if address:
                patch.setenv("RAY_ADDRESS", address)
            else:
                patch.setattr(module, "connect", lambda *_: nullcontext("this process"))
                patch.setattr(module, "run", run_here)
            sweep(settings, images, self.trials, self.table, 2)
        return self.table.read_bytes()

    def epochs(self, variant: str) -> list[dict[str, float]]:
        """Return the stored epochs of a variant with one seed."""
        abouts = [about(file) for file in self.trials.glob(f"{variant}-*.safetensors")]
        return abouts[0]["epochs"] if abouts else []

    def is_halfway(self) -> bool:
        """Return whether the long run is past its first epoch and not at its end."""
        return 2 <= len(self.epochs("strided")) < LONG

    def finished(self) -> dict[str, int]:
        """Return the modification times of the files of evaluated runs."""
        files = self.trials.glob("[!.]*.safetensors")
        return {file.name: file.stat().st_mtime_ns for file in files if about(file)["results"]}

    def runs(self) -> tuple[Run, list[Run]]:
        """Return the MLflow run of the sweep and those of its trials."""
        experiment = self.client().get_experiment_by_name("hourglass-sweep")
        assert experiment is not None
        runs = list(self.client().search_runs([experiment.experiment_id]))
        (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
        children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert len(children) == len(runs) - 1
        return parent, children

    def steps(self, run: Run) -> list[int]:
        """Return the epochs on the curve of a run."""
        return [point.step for point in self.client().get_metric_history(run.info.run_id, "train_mse")]

    def client(self) -> MlflowClient:
        return MlflowClient(f"sqlite:///{self.root / 'mlflow.db'}")


def run_here(
    keys: Sequence[str], job: Callable[[str], Job], images: Mapping[str, SweepImages], *_: object
) -> Iterator[tuple[str, Event]]:
    """Run jobs one after another without Ray."""
    for key in keys:
        task = job(key)
        try:
            for event in execute(task, images[task.dataset]):
                yield key, event
        except UserError as error:
            yield key, Failure(str(error), retry=False)


def about(file: Path) -> dict[str, Any]:
    content = file.read_bytes()  # at once: safe_open opens a file twice, which a running sweep may replace in between
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return dict(json.loads(header["__metadata__"]["about"]))


def wait_until(due: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not due():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def workers(parent: psutil.Process) -> int:
    """Return the number of descendants that run a job."""
    titles = []
    for child in parent.children(recursive=True):
        with suppress(psutil.Error):
            titles.append(" ".join(child.cmdline()))
    return sum(title.startswith("ray::execute") for title in titles)


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace after a sweep without Ray."""
    workspace = Workspace(tmp_path_factory.mktemp("undisturbed"))
    workspace.sweep(small(GRIDS), folder)
    return workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return an empty workspace."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Start a cluster whose head runs no jobs."""
    cluster = Cluster(initialize_head=True, head_node_args=NODE | {"num_cpus": 0, "include_dashboard": False})
    yield cluster
    cluster.shutdown()


def test_every_trial_has_a_row_and_an_mlflow_run(undisturbed: Workspace) -> None:
    rows = table.load(undisturbed.table)
    assert [(row.grid, row.variant, row.latent, row.seed, row.epochs) for row in rows] == [
        ("short", "denoising", 2, 0, 2),
        ("short", "denoising", 2, 1, 2),
        ("short", "pca", 2, 0, 1),
        ("long", "strided", 2, 0, LONG),
    ]
    assert len({row.key for row in rows}) == len({row.results["mse"] for row in rows}) == TRIALS
    assert all(0 < row.results["mse"] < 0.2 for row in rows)
    parent, children = undisturbed.runs()
    assert [run.info.status for run in (parent, *children)] == ["FINISHED"] * (TRIALS + 1)
    by_trial = {(run.data.params["variant"], run.data.params["seed"]): run for run in children}
    for row in rows:
        run = by_trial[row.variant, str(row.seed)]
        assert run.data.params.items() >= {"grid": row.grid, "sigma": row.sigma, "network.latent": "2"}.items()
        assert undisturbed.steps(run) == list(range(1, row.epochs + 1))
        assert run.data.metrics["mse"] == row.results["mse"]


def test_a_new_seed_or_noise_level_trains_only_what_is_new(
    undisturbed: Workspace, workspace: Workspace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, settings = undisturbed.table.read_bytes(), small(GRIDS)
    shutil.copy(undisturbed.table, workspace.table)
    assert workspace.sweep(settings, folder) == expected  # from the table
    shutil.copytree(undisturbed.trials, workspace.trials)
    workspace.table.unlink()
    assert workspace.sweep(settings, folder) == expected  # from the stored runs
    assert capsys.readouterr().out == "4 trials, 4 of them finished\n" * 2
    assert not (workspace.root / "mlflow.db").exists()
    before = {path.name: path.read_bytes() for path in workspace.trials.iterdir()}
    grids = GRIDS | {"short": GRIDS["short"] | {"seeds": [0, 1, 2]}}
    workspace.sweep(small(grids), folder)
    assert "5 trials, 4 of them finished" in capsys.readouterr().out
    after = {path.name: path.read_bytes() for path in workspace.trials.iterdir()}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    old_rows = table.load(workspace.table)

    workspace.sweep(small(grids, noise=(0.1, 0.3, 0.5)), folder)
    assert "5 trials, 0 of them finished" in capsys.readouterr().out
    assert workspace.epochs("strided") == undisturbed.epochs("strided")
    for row, old in zip(table.load(workspace.table), old_rows, strict=True):
        assert {name: value for name, value in row.results.items() if "0.5" not in name} == old.results


@pytest.mark.slow
def test_a_lost_node_changes_nothing(
    undisturbed: Workspace, workspace: Workspace, folder: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [cluster.add_node(**NODE) for _ in range(2)]

    def lose_busy_node() -> None:
        wait_until(workspace.is_halfway)
        raylets = {node: psutil.Process(node.all_processes["raylet"][0].process.pid) for node in nodes}
        cluster.remove_node(max(nodes, key=lambda node: workers(raylets[node])), allow_graceful=False)

    with ThreadPoolExecutor() as pool:
        lost = pool.submit(lose_busy_node)
        found = workspace.sweep(small({"long": GRIDS["long"]}), folder, address=cluster.address)
        lost.result()
    assert found.splitlines()[-1] == undisturbed.table.read_bytes().splitlines()[-1]
    output = capsys.readouterr().out
    assert f"on the Ray cluster at {cluster.address}, 3 nodes: 2 CPUs, 0 GPUs" in output
    assert f"strided latent=2 epochs={LONG} seed=0: resumes after epoch" in output
    assert len(workspace.epochs("strided")) == LONG


def test_a_worker_that_is_lost_every_time_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = SimpleNamespace(
        put=lambda value: value,
        remote=lambda **_: lambda function: SimpleNamespace(remote=lambda *_: object()),
        wait=lambda streams, timeout: (streams, []),
        cluster_resources=lambda: {"CPU": 1},
    )
    monkeypatch.setattr(module, "ray", ray)
    monkeypatch.setattr(module, "_next", lambda stream: Failure("lost", retry=True))
    settings = small({"a": {"variants": ["linear"]}})
    events = module.run(
        ["key"], lambda key: Job("digits", None, settings), {"digits": None}, settings.sweep.resources, 2
    )
    assert list(events) == [("key", Failure("lost", retry)) for retry in (True, True, False)]


def test_a_diverging_run_fails_and_the_others_finish(
    undisturbed: Workspace, workspace: Workspace, folder: Path
) -> None:
    settings = small(GRIDS)
    strided = settings.variants["strided"]
    assert strided.train is not None
    diverging = strided.model_copy(update={"train": strided.train.model_copy(update={"learning_rate": 1e38})})
    settings = settings.model_copy(update={"variants": settings.variants | {"strided": diverging}})
    message = r"1 of 4 trials failed, the others finished:\n  digits strided .* epoch 1"
    with pytest.raises(UserError, match=message):
        workspace.sweep(settings, folder)
    *others, failed = table.load(workspace.table)
    assert others == table.load(undisturbed.table)[:-1]
    assert (failed.variant, failed.results) == ("strided", {})
    parent, children = workspace.runs()
    assert parent.info.status == "FAILED"
    status = {run.data.params["variant"]: run.info.status for run in children}
    assert status == {"denoising": "FINISHED", "pca": "FINISHED", "strided": "FAILED"}


@pytest.mark.slow
def test_a_killed_sweep_resumes_within_its_runs(
    undisturbed: Workspace, workspace: Workspace, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "settings.json").write_text(small(GRIDS).model_dump_json())
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    environment["PYTHONPATH"] = str(SOURCE)
    command = [sys.executable, "-c", DRIVER, str(folder)]
    with subprocess.Popen(command, cwd=workspace.root, env=environment, stdout=subprocess.DEVNULL) as killed:
        wait_until(lambda: killed.poll() is not None or bool(workspace.is_halfway() and workspace.finished()))
        assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    epochs, finished = workspace.epochs("strided"), workspace.finished()
    assert not workspace.table.exists()
    assert workspace.sweep(small(GRIDS), folder) == undisturbed.table.read_bytes()
    assert capsys.readouterr().out.startswith(f"4 trials, {len(finished)} of them finished\n")
    assert finished.items() <= workspace.finished().items()
    assert workspace.epochs("strided")[: len(epochs)] == epochs  # even the measured speed: not trained again
    parent, children = workspace.runs()
    assert [run.info.status for run in (parent, *children)] == ["FINISHED"] * (TRIALS + 1)
    assert sorted(map(workspace.steps, children)) == [[1], [1, 2], [1, 2], list(range(1, LONG + 1))]


def test_a_missing_cluster_is_reported(workspace: Workspace, folder: Path) -> None:
    with pytest.raises(UserError, match=r"there is no Ray cluster at RAY_ADDRESS=ray://nowhere"):
        workspace.sweep(small(GRIDS), folder, address="ray://nowhere")
