"""A training run that is killed twice ends with the bytes of an uninterrupted one, in the same MLflow run."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from hourglass.datasets import DATASETS, preparation
from hourglass.settings import params, stage_configs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
VARIANT, EPOCHS = "small_vae", 6
SETTINGS: dict[str, Any] = {  # convolutions, sampled codes and fresh noise
    "network": {
        "latent": 3,
        "code": "gaussian",
        "encoder": {"convolutions": [{"channels": 3, "kernel": 3, "stride": 2, "padding": 1}]},
    },
    "loss": "elbo",
    "corruption": "gaussian",
    "train": {"epochs": EPOCHS, "batch_size": 64, "learning_rate": 0.001},
}
OUTPUTS = ("data/snapshots/{}.zip", "data/train/{}.csv", "data/train/{}.json", "models/{}.safetensors")


PARENT = """
import os, sys
from hourglass import signals
from stages import run, train
import alembic, mlflow.store.tracking.sqlalchemy_store, torch._dynamo, torch.export
for _ in sys.stdin:
    if not (child := os.fork()):
        print(os.getpid(), flush=True)
        signals.install_handlers()
        run(train.main, "variant")
        break
    print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""  # trains once for each line that it reads; imports take longer than training


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed_params: Callable[[dict[str, Any]], Path]) -> Path:
    """A working folder in which only training is left to do."""
    changed_params({"data.dataset": "digits", f"variants.{VARIANT}": SETTINGS, "sweep.grids": {}})
    monkeypatch.chdir(tmp_path)
    loaded = params.load()
    stage_configs.write(stage_configs.resolve(loaded))
    DATASETS["digits"].fetch(Path("data/raw"))
    images, inputs = Path("data/prepared/images"), Path("data/prepared/inputs")
    strengths, outliers = loaded.strengths(), Path("data/prepared/outliers.safetensors")
    preparation.prepare(Path("data/raw"), images, inputs, outliers, "digits", strengths, loaded.fresh(), loaded.seed)
    return tmp_path


@pytest.fixture
def parent(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the stage in a new process for each line of input."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, VARIANT],
        cwd=folder,
        env=environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process


def train(
    parent: subprocess.Popen[str], kill_in: int | None = None, number: signal.Signals = signal.SIGKILL
) -> tuple[int, str]:
    """Run the stage, and send a signal once it reports an epoch; returns exit code and output."""
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write("\n")
    parent.stdin.flush()
    process, output = int(parent.stdout.readline()), ""
    while not (line := parent.stdout.readline()).startswith("ended "):
        output += line
        if kill_in is not None and line.startswith(f"{VARIANT} epoch {kill_in}/"):
            os.kill(process, number)
    return int(line.split()[1]), output


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name.format(VARIANT)).read_bytes() for name in OUTPUTS}


def test_a_killed_run_resumes_to_the_same_bytes_and_in_the_same_mlflow_run(
    folder: Path, parent: subprocess.Popen[str]
) -> None:
    code, output = train(parent)
    assert code == 0, output
    uninterrupted = outputs(folder)
    for name in OUTPUTS:
        (folder / name.format(VARIANT)).unlink()
    (folder / "mlflow.db").unlink()

    code, output = train(parent, 2, signal.SIGKILL)
    assert code == -signal.SIGKILL, output
    code, output = train(parent, 4, signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    assert f"{VARIANT}: resuming after epoch " in output
    assert output.endswith("interrupted by SIGTERM; rerun the same command to resume\n")
    code, output = train(parent)
    assert code == 0, output
    assert f"{VARIANT} epoch {EPOCHS}/{EPOCHS}" in output
    assert f"{VARIANT} epoch 3/{EPOCHS}" not in output
    assert outputs(folder) == uninterrupted
    assert [path.name for path in (folder / "checkpoints").iterdir()] == [f"{VARIANT}.lock"]

    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("hourglass-digits")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    for metric in ("train_mse", "images_per_second"):
        steps = [point.step for point in client.get_metric_history(run.info.run_id, metric)]
        assert steps == list(range(1, EPOCHS + 1))
