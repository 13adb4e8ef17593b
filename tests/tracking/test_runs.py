"""MLflow's records, in a real SQLite store in a folder whose name has a space."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import getpass
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.request import urlopen

import mlflow
import numpy as np
import psutil
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import Run
from safetensors.torch import save_file
from serving import free_port
from torch import Tensor, nn

from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.tracking import pages, store, ui
from hourglass.tracking.runs import flat

SRC = Path(tracking.__file__).parents[2]
OURS = ("DVC_EXP_NAME", "DVC_STAGE", "DVC_EXP_BASELINE_REV", "DVC_ROOT", "MLFLOW_TRACKING_URI", "PORT", "DISPLAY")
CHILD = """
import sys, time
from hourglass import tracking
with tracking.training_run(tracking.Training(sys.argv[1], "children", {})) as run:
    run.log_epoch(1, {"loss": 0.5})
    print(run.id, flush=True)
    time.sleep(float(sys.argv[2]))
"""


class Network(nn.Module):
    """Every kind of layer that a variant may have, on the range [-1, 1], with dropout to tell the modes apart."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, 2, 1), nn.SELU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 6), nn.Softmax(-1)
        )
        self.decoder = nn.Sequential(
            nn.Linear(6, 4 * 14 * 14),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Unflatten(1, (4, 14, 14)),
            nn.ConvTranspose2d(4, 1, 3, 2, 1, 1),
            nn.Tanh(),
        )

    def forward(self, images: Tensor) -> Tensor:
        return (self.decoder(self.encoder(-1.0 + 2.0 * images)) + 1.0) / 2.0


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "a repository"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def environment(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(root))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def client(root: Path) -> MlflowClient:
    with tracking.training_run(training("any")):
        pass
    return MlflowClient(f"sqlite:///{root / 'mlflow.db'}")


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network()


@pytest.fixture
def model_file(network: Network, tmp_path: Path) -> Path:
    # its hash is this test's own: the store is shared
    save_file(network.state_dict(), tmp_path / "linear.safetensors", metadata={"test": str(tmp_path)})
    return tmp_path / "linear.safetensors"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "epoch-010.png"
    path.write_bytes(b"not looked into")
    return path


def training(dataset: str, name: str = "linear", **parameters: object) -> tracking.Training:
    tags = {"data.sha256": "d1", "variant": name.partition(" ")[0]}
    return tracking.Training(name, dataset, parameters, tags, "fully connected")


def child_environment(root: Path) -> dict[str, str]:
    left = {name: value for name, value in os.environ.items() if name not in OURS}
    return left | {"PYTHONPATH": str(SRC), "DVC_ROOT": str(root)}


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, *arguments]
    return subprocess.Popen(command, env=child_environment(root), stdout=subprocess.PIPE, text=True)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture(scope="module")
def children(root: Path) -> Iterator[dict[str, tuple[subprocess.Popen[str], str]]]:
    processes = {name: start(root, name, "600") for name in ("terminated", "killed")}
    yield {name: (process, first_line(process)) for name, process in processes.items()}
    for process in processes.values():
        process.kill()
        process.communicate()


def steps(client: MlflowClient, run_id: str, metric: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in client.get_metric_history(run_id, metric)]


def number(client: MlflowClient, dataset: str) -> str:
    experiment = client.get_experiment_by_name(f"hourglass-{dataset}")
    assert experiment is not None
    return str(experiment.experiment_id)


def runs(client: MlflowClient, dataset: str) -> list[Run]:
    return list(client.search_runs([number(client, dataset)]))


def test_a_finished_run_tells_what_went_in_and_what_came_out(
    client: MlflowClient,
    root: Path,
    network: Network,
    model_file: Path,
    picture: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "brave-moth")
    monkeypatch.setenv("DVC_STAGE", "train@linear")
    what = training("finished", "linear latent=2", model={"latent": 2, "code": None}, long="x" * 9000)
    with tracking.training_run(what) as run:
        assert client.get_run(run.id).info.status == "RUNNING"
        for epoch in (1, 2, 3):
            run.log_epoch(epoch, {"loss.train": 1 / epoch, "odd": float("nan"), "odder": float("inf")})
        run.log_picture(picture, "samples")
        run.finish(network, model_file, torch.rand(3, 1, 28, 28), {"test.mse": 0.02, "loss.train": 1 / 3})
    found = client.get_run(run.id)
    assert (found.info.status, found.info.run_name) == ("FINISHED", "linear latent=2")
    assert found.data.params == {"model.latent": "2", "model.code": "null", "long": "x" * 6000}
    assert steps(client, run.id, "loss.train") == [(1, 1.0), (2, 0.5), (3, 1 / 3)]
    assert steps(client, run.id, "test.mse") == [(0, 0.02)]
    expected = {"dvc.exp_name": "brave-moth", "dvc.stage": "train@linear", "dataset": "finished"}
    expected |= {"model.sha256": sha256(model_file), "data.sha256": "d1", "hourglass.pid": str(os.getpid())}
    assert expected.items() <= found.data.tags.items()
    expected = {"mlflow.note.content": "fully connected", "mlflow.user": getpass.getuser()}
    expected |= {"threads": str(torch.get_num_threads()), "torch.version": torch.__version__}
    assert expected.items() <= found.data.tags.items()
    assert "dvc.exp_baseline_rev" not in found.data.tags
    (data,) = found.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("finished", "d1")
    assert [(tag.key, tag.value) for tag in data.tags] == [("mlflow.data.context", "training")]
    assert [a.path for a in client.list_artifacts(run.id, "samples")] == ["samples/epoch-010.png"]
    assert found.info.artifact_uri.startswith((root / "mlflow-artifacts").as_uri())
    assert network.training


def test_the_commit_is_that_of_the_working_folder(client: MlflowClient, tmp_path: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *command], check=True, cwd=tmp_path)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, cwd=tmp_path, capture_output=True, text=True)
    for changed in ("no", "yes"):
        with tracking.training_run(training("commit")) as run:
            pass
        tags = client.get_run(run.id).data.tags
        assert (tags["mlflow.source.git.commit"], tags["git.changed"]) == (head.stdout.strip(), changed)
        (tmp_path / "plots.csv").write_text("an output decides nothing")
        (tmp_path / "params.yaml").write_text("seed: 1")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), "FAILED"),
        (SystemExit(1), "FAILED"),
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(143), "KILLED"),
    ],
)
def test_a_run_that_is_broken_off_says_how(client: MlflowClient, error: BaseException, status: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(type(error)), tracking.training_run(training("broken")) as run:
        raise error
    assert client.get_run(run.id).info.status == status
    assert signal.getsignal(signal.SIGTERM) is before


def test_runs_may_be_nested(client: MlflowClient) -> None:
    with tracking.training_run(training("nested", "outer")) as outer:
        with tracking.training_run(training("nested", "inner")) as inner:
            inner.log_epoch(1, {"loss": 1.0})
        outer.log_epoch(1, {"loss": 2.0})
    assert [steps(client, run.id, "loss") for run in (outer, inner)] == [[(1, 2.0)], [(1, 1.0)]]


def test_sigterm_ends_a_run_as_killed(
    client: MlflowClient, children: Mapping[str, tuple[subprocess.Popen[str], str]]
) -> None:
    process, run_id = children["terminated"]
    process.terminate()
    assert process.wait(30) == 143
    assert client.get_run(run_id).info.status == "KILLED"


def test_only_runs_whose_process_is_gone_are_reaped(
    client: MlflowClient, children: Mapping[str, tuple[subprocess.Popen[str], str]]
) -> None:
    process, run_id = children["killed"]
    with tracking.training_run(training("reaping")):
        assert client.get_run(run_id).info.status == "RUNNING"
    process.kill()  # and not waited for: what is left is a zombie
    last = client.get_metric_history(run_id, "loss")[-1].timestamp
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert client.get_run(run_id).info.status == "RUNNING"
    with tracking.training_run(training("reaping")):
        found = client.get_run(run_id).info
        assert (found.status, found.end_time) == ("KILLED", last)


def test_a_process_number_that_was_given_out_again_is_not_taken_for_the_same(client: MlflowClient) -> None:
    experiment = number(client, "any")
    tags = {"hourglass.host": socket.gethostname(), "hourglass.pid": str(os.getpid())}
    old = client.create_run(experiment, tags=tags | {"hourglass.process_started": "1000.0"})
    elsewhere = client.create_run(experiment, tags=tags | {"hourglass.host": "another machine"})
    with tracking.training_run(training("any")):
        pass
    statuses = [client.get_run(run.info.run_id).info.status for run in (old, elsewhere)]
    assert statuses == ["KILLED", "RUNNING"]


def test_the_logged_model_is_the_network_for_any_number_of_images(
    client: MlflowClient, root: Path, network: Network, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracking.training_run(training("served")) as run:
        run.finish(network, model_file, torch.rand(1, 1, 28, 28), {})
    # MLflow's own check of the archive, off by default
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root / 'mlflow.db'}")
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.id}/model")
    own = Network().eval()
    own.load_state_dict(network.state_dict())
    for count in (1, 3, 7):
        images = torch.rand(count, 1, 28, 28)
        with torch.no_grad():
            np.testing.assert_allclose(loaded.predict(images.numpy()), own(images).numpy(), atol=1e-6)


def test_nothing_in_the_logged_model_is_a_pickle_of_code(root: Path, network: Network, model_file: Path) -> None:
    with tracking.training_run(training("archive")) as run:
        run.finish(network, model_file, torch.rand(2, 1, 28, 28), {})
    folder = max((root / "mlflow-artifacts" / "models").iterdir(), key=lambda path: path.stat().st_mtime)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix in {".pkl", ".pth", ".pt", ".pickle"}]
    with zipfile.ZipFile(next(path for path in files if path.suffix == ".pt2")) as archive:
        nested = [name for name in archive.namelist() if archive.read(name).startswith((b"PK", b"\x80"))]
        assert nested == ["model/data/sample_inputs/model.pt"]  # torch's own, and nothing but tensors:
        torch.load(io.BytesIO(archive.read(nested[0])), weights_only=True)


def test_a_logged_model_loads_where_this_project_is_not_at_hand(root: Path, network: Network, model_file: Path) -> None:
    with tracking.training_run(training("alone")) as run:
        run.finish(network, model_file, torch.rand(2, 1, 28, 28), {})
    program = """
import importlib.util, sys, mlflow, numpy
assert importlib.util.find_spec("hourglass") is None
print(mlflow.pyfunc.load_model(sys.argv[1]).predict(numpy.zeros((5, 1, 28, 28), numpy.float32)).shape)
"""
    alone = {name: value for name, value in os.environ.items() if name not in (*OURS, "PYTHONPATH")}
    alone |= {"MLFLOW_TRACKING_URI": f"sqlite:///{root / 'mlflow.db'}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    alone |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    command = [sys.executable, "-c", program, f"runs:/{run.id}/model"]
    answer = subprocess.run(command, env=alone, check=True, stdout=subprocess.PIPE, text=True)
    assert answer.stdout.strip() == "(5, 1, 28, 28)"


def test_results_are_added_to_the_run_that_made_the_model(
    client: MlflowClient, network: Network, model_file: Path, picture: Path, tmp_path: Path
) -> None:
    example = torch.rand(2, 1, 28, 28)
    ids = []
    for name in ("linear", "twin"):
        with tracking.training_run(training("added", name)) as run:
            run.finish(network, model_file, example, {})
        ids.append(run.id)
    tracking.add_results(
        training("added"),
        model_file,
        {"test.psnr": 17.0},
        [picture],
        folder="evaluate",
        history=tmp_path / "not needed.csv",
        network=lambda: (network, example),
    )
    found = client.get_run(ids[0])
    assert (found.info.status, found.data.metrics) == ("FINISHED", {"test.psnr": 17.0})
    assert [a.path for a in client.list_artifacts(ids[0], "evaluate")] == ["evaluate/epoch-010.png"]
    assert len(runs(client, "added")) == 2


def test_a_model_from_the_run_cache_gets_a_run_from_its_history(
    client: MlflowClient, network: Network, model_file: Path, tmp_path: Path
) -> None:
    history = tmp_path / "history.csv"
    history.write_text("epoch,loss.train,loss.test\n1,0.5,\n2,0.25,0.3\n", encoding="utf-8")
    for name in ("evaluate", "latent-analysis"):
        tracking.add_results(
            training("restored", latent=8),
            model_file,
            {name: 1.0},
            folder=name,
            history=history,
            network=lambda: (network, torch.rand(2, 1, 28, 28)),
        )
    [found] = runs(client, "restored")
    assert (found.info.status, found.info.run_name, found.data.params) == ("FINISHED", "linear", {"latent": "8"})
    assert steps(client, found.info.run_id, "loss.train") == [(1, 0.5), (2, 0.25)]
    assert steps(client, found.info.run_id, "loss.test") == [(2, 0.3)]
    assert found.data.metrics.keys() == {"loss.train", "loss.test", "evaluate", "latent-analysis"}
    assert found.data.tags["model.sha256"] == sha256(model_file)


def test_processes_that_make_the_store_at_once_all_succeed(tmp_path: Path) -> None:
    processes = [start(tmp_path, name, "0") for name in "abcd"]
    ids = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(ids)) == 4
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert {run.info.status for run in runs(client, "children")} == {"FINISHED"}


def test_of_many_that_name_a_data_set_at_once_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    store.connect(store.place())
    ready = threading.Barrier(16)

    def log(number: int) -> None:
        training = tracking.Training(f"run {number}", "crowd", {}, {"data.sha256": "0" * 64})
        ready.wait()
        with tracking.training_run(training):
            pass

    threads = [threading.Thread(target=log, args=(number,)) for number in range(ready.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capsys.readouterr().err == ""
    client = MlflowClient(store.place().uri)
    experiment = client.get_experiment_by_name("hourglass-crowd").experiment_id
    assert {run.info.status for run in client.search_runs([experiment])} == {"FINISHED"}
    assert [len(run.inputs.dataset_inputs) for run in client.search_runs([experiment])] == [1] * ready.parties


def test_the_store_is_at_the_main_repository_and_not_where_the_stage_runs(root: Path, tmp_path: Path) -> None:
    with tracking.training_run(training("place")):
        pass
    assert (root / "mlflow.db").exists()
    assert not list(tmp_path.iterdir())


def test_a_deleted_experiment_comes_back(client: MlflowClient) -> None:
    with tracking.training_run(training("deleted")):
        pass
    client.delete_experiment(number(client, "deleted"))
    with tracking.training_run(training("deleted")) as run:
        pass
    assert client.get_run(run.id).info.status == "FINISHED"


def test_nested_parameters_become_dotted_names() -> None:
    nested = {
        "a": {"b": {"c": 1e-3}, "empty": {}},
        "list": [{"channels": 4}],
        "none": None,
        "text": "tanh",
        "yes": True,
    }
    assert flat(nested) == {
        "a.b.c": "0.001",
        "a.empty": "{}",
        "list": '[{"channels": 4}]',
        "none": "null",
        "text": "tanh",
        "yes": "true",
    }


def test_the_ui_says_what_is_missing(
    client: MlflowClient, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"no training on 'mnits' has been logged; there are some on .*any"):
        ui.show("mnits")
    monkeypatch.setenv("PORT", "many")
    with pytest.raises(UserError, match="PORT is 'many'"):
        ui.show()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(UserError, match="choose another"):
            ui.show()
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    with pytest.raises(UserError, match="no training has been logged yet"):
        ui.show()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_ui_answers_and_leaves_nothing_behind(client: MlflowClient, root: Path) -> None:
    port = str(free_port())
    command = [sys.executable, "-m", "hourglass.tracking", "any"]
    environment = child_environment(root) | {"PORT": port, "MLFLOW_HOST": "0.0.0.0"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = first_line(process).rpartition(" ")[2]
        assert address == f"http://127.0.0.1:{port}/{pages.curves(client, number(client, 'any'))}"
        with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert b"MLflow" in answer.read()
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        sockets = [socket for member in family for socket in member.net_connections()]
        listening = {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}  # whatever MLflow's own variable says
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert not [member for member in family if member.is_running()]
