"""Test runs in a real SQLite store."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import Run

from hourglass import tracking

TAGS = {"dataset": "digits", "variant": "linear"}


def info(**settings: object) -> tracking.RunInfo:
    return tracking.RunInfo("linear latent=2", "digits", settings, TAGS, "fully connected")


def curve(client: MlflowClient, run: tracking.Run, metric: str) -> list[tuple[int, float]]:
    assert run.id is not None
    return [(point.step, point.value) for point in client.get_metric_history(run.id, metric)]


def all_runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("hourglass-digits")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def test_a_run_holds_settings_curves_and_results(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_EXP_NAME", "brave-moth")
    settings = {"a": {"b": {"c": 1e-3}, "empty": {}}, "list": [{"n": 4}], "code": None, "yes": True, "long": "x" * 9000}
    logged = {
        "a.b.c": "0.001",
        "a.empty": "{}",
        "list": '[{"n": 4}]',
        "code": "null",
        "yes": "true",
        "long": "x" * 6000,
    }
    with tracking.start_run(info(**settings)) as run:
        assert client.get_run(run.id).info.status == "RUNNING"
        for epoch in (1, 2):
            run.log_epoch(epoch, {"train_mse": 1 / epoch, "diverged": float("nan")})
        run.log_results({"active_units": 7, "train_mse": 0.5})
    found = client.get_run(run.id)
    assert (found.info.status, found.info.run_name) == ("FINISHED", "linear latent=2")
    assert found.data.params == logged
    assert curve(client, run, "train_mse") == [(1, 1.0), (2, 0.5)]  # the result of the same name is no point
    assert curve(client, run, "active_units") == [(0, 7.0)]
    tags = {"dvc.exp_name": "brave-moth", "mlflow.note.content": "fully connected", "torch.version": torch.__version__}
    assert (TAGS | tags).items() <= found.data.tags.items()


def test_a_run_names_the_commit_and_whether_code_or_settings_differ_from_it(client: MlflowClient, root: Path) -> None:
    for command in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "1", "--allow-empty"],
    ):
        subprocess.run(["git", *command], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    for changed, file in (("no", "results.csv"), ("yes", "params.yaml")):
        (root / file).write_text("")
        with tracking.start_run(info()) as run:
            pass
        tags = client.get_run(run.id).data.tags
        assert (tags["mlflow.source.git.commit"], tags["git.changed"]) == (head, changed)


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError(), "FAILED"), (KeyboardInterrupt(), "KILLED"), (KeyboardInterrupt(15), "KILLED")]
)
def test_the_status_tells_errors_from_signals(client: MlflowClient, error: BaseException, status: str) -> None:
    with pytest.raises(type(error)), tracking.start_run(info()) as run:
        raise error
    assert client.get_run(run.id).info.status == status


def test_a_run_with_the_key_of_a_killed_one_resumes_it_without_repeated_points(client: MlflowClient) -> None:
    with suppress(KeyboardInterrupt), tracking.start_run(info(), "key") as first:
        for epoch in (1, 2, 3):
            first.log_epoch(epoch, {"train_mse": 1 / epoch})
        raise KeyboardInterrupt
    with tracking.start_run(info(), "key") as second:
        assert client.get_run(second.id).info.status == "RUNNING"
        for epoch in (1, 2, 3, 4):  # epoch 3 was logged, but not yet in the checkpoint
            second.log_epoch(epoch, {"train_mse": 1 / epoch})
    assert second.id == first.id
    assert curve(client, second, "train_mse") == [(epoch, 1 / epoch) for epoch in (1, 2, 3, 4)]
    client.delete_run(second.id)
    with tracking.start_run(info(), "key") as third:
        pass
    assert [run.info.run_id for run in all_runs(client)] == [third.id]


def test_a_run_whose_process_has_ended_is_killed(client: MlflowClient) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with tracking.start_run(info()) as run:
        experiment = client.get_run(run.id).info.experiment_id
        processes = {"ended": (ended.pid, socket.gethostname()), "elsewhere": (ended.pid, "another host")}
        for name, (pid, host) in processes.items():
            client.create_run(experiment, tags={"hourglass.pid": str(pid), "hourglass.host": host}, run_name=name)
        with tracking.start_run(info(), "key"):
            assert client.get_run(run.id).data.tags["hourglass.pid"] == str(os.getpid())
            assert client.get_run(run.id).info.status == "RUNNING"
    status = {run.info.run_name: run.info.status for run in all_runs(client)}
    assert (status["ended"], status["elsewhere"]) == ("KILLED", "RUNNING")


def test_a_deleted_experiment_is_restored(client: MlflowClient) -> None:
    with tracking.start_run(info()) as run:
        pass
    client.delete_experiment(client.get_run(run.id).info.experiment_id)
    with tracking.start_run(info()) as run:
        pass
    assert client.get_run(run.id).info.status == "FINISHED"
