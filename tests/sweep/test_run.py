"""Sweeps from their settings to their table, on a real Ray: the same bytes wherever they run, whatever is killed."""

from hourglass import tracking  # noqa: F401  first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from ray._private.node import Node
from ray.cluster_utils import Cluster
from safetensors import safe_open
from sweeping import small

from hourglass.errors import UserError
from hourglass.records import sweep as table
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.run import sweep

pytestmark = pytest.mark.slow

LONG = 12  # epochs of the training that is disturbed; it is the first to begin
GRIDS = {
    "short": {"variants": ["denoising", "pca"], "latent": [2], "seeds": [0, 1]},
    "long": {"variants": ["strided"], "latent": [2], "epochs": LONG},
}
TRIALS = 4
OURS = ("DVC_EXP_NAME", "DVC_STAGE", "DVC_EXP_BASELINE_REV", "DVC_ROOT", "MLFLOW_TRACKING_URI", "RAY_ADDRESS")
DRIVER = """
import sys
from pathlib import Path
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.run import sweep
settings = SweepConfig.model_validate_json(Path("settings.json").read_text())
sweep(settings, Path(sys.argv[1]), Path("trials"), Path("sweep.csv"), 2)
"""
SOURCE = Path(__file__).parents[2] / "src"


class Place:
    """Where a sweep has its trials, its table and its MLflow records."""

    def __init__(self, root: Path) -> None:
        self.root, self.trials, self.table = root, root / "trials", root / "sweep.csv"
        root.mkdir(exist_ok=True)

    def sweep(self, settings: SweepConfig, images: Path, jobs: int = 2, address: str = "") -> bytes:
        """Returns the table's bytes."""
        with pytest.MonkeyPatch.context() as patch:
            for name in OURS:
                patch.delenv(name, raising=False)
            if address:
                patch.setenv("RAY_ADDRESS", address)
            patch.chdir(self.root)
            sweep(settings, images, self.trials, self.table, jobs)
        return self.table.read_bytes()

    def about(self, variant: str) -> dict[str, object]:
        """What is kept of the training of a variant that has one seed; nothing before its first epoch has ended."""
        for file in self.trials.glob(f"{variant}-*.safetensors"):
            with safe_open(file, framework="pt") as opened:
                return dict(json.loads(opened.metadata()["about"]))
        return {"records": [], "results": {}}

    def epochs(self, variant: str) -> list[dict[str, object]]:
        records = self.about(variant)["records"]
        assert isinstance(records, list)
        return records

    def in_the_middle(self) -> bool:
        """Whether the long training is past its first epoch and not at its end."""
        return 2 <= len(self.epochs("strided")) < LONG

    def runs(self) -> tuple[Run, list[Run]]:
        """MLflow's: that of the sweep, and those of its trials."""
        found = of_client(self.client())
        (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
        nested = [run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert len(nested) == len(found) - 1
        return parent, nested

    def client(self) -> MlflowClient:
        return MlflowClient(f"sqlite:///{self.root / 'mlflow.db'}")


def of_client(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("hourglass-sweep")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]))


@contextmanager
def meanwhile(due: Callable[[], bool], act: Callable[[], None]) -> Iterator[list[str]]:
    """Does something, once it is due, while the block runs. Yields a list that then has an entry."""
    done: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if due():
                act()
                done.append("done")
                return
            time.sleep(0.005)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def raylet(node: Node) -> psutil.Process:
    """The process that starts a node's workers."""
    return psutil.Process(node.all_processes["raylet"][0].process.pid)


def workers(above: psutil.Process) -> list[psutil.Process]:
    """Those below a process that are training."""
    return [child for child in above.children(recursive=True) if called(child).startswith("ray::_task")]


def called(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill_workers() -> None:
    for worker in workers(psutil.Process()):
        worker.kill()


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """After a sweep on two workers of this machine."""
    place = Place(tmp_path_factory.mktemp("undisturbed"))
    place.sweep(small(GRIDS), folder)
    return place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


def again(other: Place, place: Place) -> Place:
    """A copy of another place's trials and table."""
    shutil.copytree(other.trials, place.trials)
    shutil.copy(other.table, place.table)
    return place


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A head that trains nothing; nodes are to be added. All in processes of their own."""
    cluster = Cluster(initialize_head=True, head_node_args=NODE | {"num_cpus": 0, "include_dashboard": False})
    yield cluster
    cluster.shutdown()


NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}


def test_every_trial_has_a_row(undisturbed: Place) -> None:
    rows = table.load(undisturbed.table)
    assert [(row.grid, row.variant, row.latent, row.seed, row.epochs) for row in rows] == [
        ("short", "denoising", 2, 0, 2),
        ("short", "denoising", 2, 1, 2),
        ("short", "pca", 2, 0, 1),
        ("long", "strided", 2, 0, LONG),
    ]
    assert all(0 < row.results["clean.mse"] < 0.2 for row in rows)
    assert len({row.key for row in rows}) == len({row.results["clean.mse"] for row in rows}) == TRIALS


def test_every_trial_is_a_run_below_that_of_the_sweep(undisturbed: Place) -> None:
    parent, nested = undisturbed.runs()
    assert (parent.info.run_name, parent.info.status) == ("sweep", "FINISHED")
    rows = {(row.variant, str(row.seed)): row for row in table.load(undisturbed.table)}
    assert len(nested) == len(rows)
    for run in nested:
        told = run.data.params
        row = rows[told["variant"], told["seed"]]
        assert run.info.status == "FINISHED"
        place = {name: told[name] for name in ("grid", "dataset", "latent", "sigma", "epochs")}
        assert place == {name: str(getattr(row, name)) for name in place}
        assert told["network.latent"] == "2"
        assert steps(undisturbed, run) == list(range(1, row.epochs + 1))
        assert run.data.metrics["clean.mse"] == row.results["clean.mse"]
        assert run.data.metrics["test_mse"] == row.results["test_mse"]


def steps(place: Place, run: Run) -> list[int]:
    return [point.step for point in place.client().get_metric_history(run.info.run_id, "train_mse")]


def test_what_is_known_needs_no_worker(
    undisturbed: Place, place: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected, settings = undisturbed.table.read_bytes(), small(GRIDS)
    shutil.copy(undisturbed.table, place.table)
    assert place.sweep(settings, folder) == expected  # by the table alone
    shutil.copytree(undisturbed.trials, place.trials)
    place.table.unlink()
    assert place.sweep(settings, folder) == expected  # by what is kept of trainings
    assert capsys.readouterr().out == "4 trials, 4 of them done\n" * 2
    assert not (place.root / "mlflow.db").exists()


def test_a_further_seed_and_a_further_strength_train_nothing_that_is_trained(
    undisturbed: Place, place: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again(undisturbed, place)
    before = {path.name: path.read_bytes() for path in place.trials.iterdir()}
    rows = {row.key: row for row in table.load(place.table)}
    more = GRIDS | {"short": GRIDS["short"] | {"seeds": [0, 1, 2]}}
    place.sweep(small(more), folder)
    assert "5 trials, 4 of them done" in capsys.readouterr().out
    after = {path.name: path.read_bytes() for path in place.trials.iterdir()}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    found = {row.key: row for row in table.load(place.table)}
    assert found.items() > rows.items()

    place.sweep(small(more, noise=(0.1, 0.3, 0.5)), folder)
    assert "5 trials, 0 of them done" in capsys.readouterr().out
    assert place.epochs("strided") == undisturbed.epochs("strided")  # with the speed that each epoch had
    for row, old in zip(table.load(place.table), found.values(), strict=True):
        assert {name: value for name, value in row.results.items() if "0.5" not in name} == old.results


def test_a_cluster_comes_to_the_same_table(
    undisturbed: Place, place: Place, folder: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        cluster.add_node(**NODE)
    found = place.sweep(small(GRIDS), folder, address=cluster.address)
    assert found == undisturbed.table.read_bytes()
    assert f"on the Ray cluster at {cluster.address}: 3 nodes, 2 CPUs, 0 GPUs now" in capsys.readouterr().out


def test_a_training_whose_machine_is_lost_goes_on_at_another(
    undisturbed: Place, place: Place, folder: Path, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = {raylet(node): node for node in (cluster.add_node(**NODE), cluster.add_node(**NODE))}

    def lose() -> None:
        (busy,) = [node for process, node in nodes.items() if workers(process)]
        cluster.remove_node(busy, allow_graceful=False)

    with meanwhile(place.in_the_middle, lose) as lost:
        place.sweep(small({"long": GRIDS["long"]}), folder, address=cluster.address)
    assert lost
    assert table.load(place.table) == table.load(undisturbed.table)[-1:]
    assert "strided latent=2 epochs=12 seed=0: goes on after epoch" in capsys.readouterr().out
    assert [record["epoch"] for record in place.epochs("strided")] == list(range(1, LONG + 1))


def test_a_training_whose_process_is_killed_goes_on_in_another(
    undisturbed: Place, place: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with meanwhile(place.in_the_middle, kill_workers) as killed:
        found = place.sweep(small(GRIDS), folder, jobs=1)
    assert killed
    assert found == undisturbed.table.read_bytes()
    assert "strided latent=2 epochs=12 seed=0: goes on after epoch" in capsys.readouterr().out
    _, nested = place.runs()
    assert sorted(len(steps(place, run)) for run in nested) == [1, 2, 2, LONG]


def test_a_training_whose_process_is_killed_every_time_fails(
    place: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    over = threading.Event()

    def kill_all() -> None:
        while not over.is_set():
            kill_workers()
            time.sleep(0.005)

    only = small({"long": GRIDS["long"] | {"epochs": 10**6}}, retries=1)
    with meanwhile(lambda: True, kill_all):
        try:
            with pytest.raises(UserError, match=r"1 of 1 trials failed.*\n  digits strided .*: WorkerCrashedError"):
                place.sweep(only, folder, jobs=1)
        finally:
            over.set()
    assert capsys.readouterr().out.count("goes on after epoch 0, on another worker") == 1
    assert [row.results for row in table.load(place.table)] == [{}]


def test_a_training_that_diverges_is_said_and_the_others_are_done(
    undisturbed: Place, place: Place, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = small(GRIDS)
    strided = settings.variants["strided"]
    assert strided.train is not None
    wild = strided.model_copy(update={"train": strided.train.model_copy(update={"learning_rate": 1e38})})
    settings = settings.model_copy(update={"variants": settings.variants | {"strided": wild}})
    said = r"1 of 4 trials failed, the others are done:\n  digits strided .* no longer finite in epoch 1"
    with pytest.raises(UserError, match=said):
        place.sweep(settings, folder)
    *others, diverged = table.load(place.table)
    assert others == table.load(undisturbed.table)[:-1]
    assert (diverged.variant, diverged.results) == ("strided", {})
    assert "goes on after" not in capsys.readouterr().out  # it would diverge again
    parent, nested = place.runs()
    assert parent.info.status == "FAILED"
    status = {run.data.params["variant"]: run.info.status for run in nested}
    assert status == {"denoising": "FINISHED", "pca": "FINISHED", "strided": "FAILED"}


def test_a_sweep_that_is_killed_goes_on_where_it_was(undisturbed: Place, place: Place, folder: Path) -> None:
    (place.root / "settings.json").write_text(small(GRIDS).model_dump_json())
    environment = {name: value for name, value in os.environ.items() if name not in OURS} | {"PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", DRIVER, str(folder)]
    with subprocess.Popen(command, cwd=place.root, env=environment, stdout=subprocess.DEVNULL) as killed:
        while not (place.in_the_middle() and finished(place)):
            assert killed.poll() is None
            time.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
    before, done = place.epochs("strided"), finished(place)
    assert not place.table.exists()
    resumed = subprocess.run(command, cwd=place.root, env=environment, capture_output=True, text=True, check=True)
    assert resumed.stdout.startswith(f"4 trials, {len(done)} of them done\n")
    assert place.table.read_bytes() == undisturbed.table.read_bytes()
    after = finished(place)
    assert done.items() <= after.items()
    assert place.epochs("strided")[: len(before)] == before  # with the speed that each epoch had
    parent, nested = place.runs()
    assert [run.info.status for run in (parent, *nested)] == ["FINISHED"] * (TRIALS + 1)
    assert sorted(steps(place, run) for run in nested) == [[1], [1, 2], [1, 2], list(range(1, LONG + 1))]


def finished(place: Place) -> dict[str, int]:
    """When the files of trainings that are measured were last written."""
    found = {}
    for file in place.trials.glob("[!.]*.safetensors"):
        with safe_open(file, framework="pt") as opened:
            if json.loads(opened.metadata()["about"])["results"]:
                found[file.name] = file.stat().st_mtime_ns
    return found


def test_a_cluster_that_is_not_there_is_said(place: Place, folder: Path) -> None:
    with pytest.raises(UserError, match=r"RAY_ADDRESS is ray://nowhere, but no cluster"):
        place.sweep(small(GRIDS), folder, address="ray://nowhere")
