"""A run for every training: opened by `train`, added to by the stages that follow."""

import csv
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from torch import Tensor, nn

from hourglass.files import sha256
from hourglass.tracking import processes, served
from hourglass.tracking.outbox import PATIENCE_SECONDS, Outbox
from hourglass.tracking.store import connect, experiment_id, place

MODEL_HASH = "model.sha256"
LONGEST_PARAMETER = 6000
FROM_DVC = {
    "dvc.exp_name": "DVC_EXP_NAME",
    "dvc.stage": "DVC_STAGE",
    "dvc.exp_baseline_rev": "DVC_EXP_BASELINE_REV",
}


@dataclass(frozen=True)
class Training:
    """What a training is called and what went into it.

    name: in legends, so that trainings which differ are told apart: `linear`, `linear latent=2`.
    parameters: all that took effect; may be nested. tags: what else identifies it, e.g. `data.sha256`.
    """

    name: str
    dataset: str
    parameters: Mapping[str, object]
    tags: Mapping[str, str] = field(default_factory=dict)


class TrainingRun:
    """One training in MLflow, while it is being written. What cannot be logged is kept and sent later: see `Outbox`.

    id: None until it could be opened. resumed: the id of the run that a killed training left, which goes on.
    """

    def __init__(self, training: Training, resumed: str | None = None) -> None:
        self.id: str | None = None
        self._outbox = Outbox(training.name)
        self._curves: set[str] = set()
        self._logged: set[tuple[str, int]] = set()
        self._outbox.put(lambda client: self._open(client, training, resumed))

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """One point on the curve of each metric."""
        self._curves |= metrics.keys()
        points = _points((name, epoch, value) for name, value in metrics.items())
        self._put(lambda client, run: self._log_new(client, run, points))

    def log_results(self, metrics: Mapping[str, float]) -> None:
        """Figures that describe the trained network as a whole, at step 0, which MLflow draws as bars.

        A figure whose name has a curve is left out: the curve ends with it.
        """
        points = _points((name, 0, value) for name, value in metrics.items() if name not in self._curves)
        self._put(lambda client, run: self._log_new(client, run, points))

    def log_picture(self, path: Path, folder: str) -> None:
        """A picture, found under `folder` by its file's name."""
        self._put(lambda client, run: client.log_artifact(run, str(path), folder))

    def finish(self, model: nn.Module, model_file: Path, example: Tensor, metrics: Mapping[str, float]) -> None:
        """What the training left behind: see `_finish`; and its final figures."""
        self.log_results(metrics)
        self._put(lambda client, run: _finish(client, run, model, model_file, example))

    def end(self, status: str) -> None:
        """Set the run's status; a last try to log what could not be logged yet, or a warning that it is lost."""
        self._put(lambda client, run: client.set_terminated(run, status))
        self.flush(PATIENCE_SECONDS if status == "FINISHED" else 0.0)

    def flush(self, patience: float = PATIENCE_SECONDS) -> None:
        """Log what could not be logged yet, or warn that it is lost."""
        self._outbox.close(patience)

    def _put(self, work: Callable[[MlflowClient, str], None]) -> None:
        def of_this_run(client: MlflowClient) -> None:
            assert self.id is not None  # opening it was put first
            work(client, self.id)

        self._outbox.put(of_this_run)

    def _open(self, client: MlflowClient, training: Training, resumed: str | None) -> None:
        """Also sets runs to KILLED that a training of this machine, no longer alive, has left RUNNING."""
        processes.reap(client)
        experiment = experiment_id(client, place(), training.dataset)
        if resumed is not None and client.search_runs([experiment], f"attributes.run_id = '{resumed}'"):
            for tag, value in processes.process_tags().items():
                client.set_tag(resumed, tag, value)
            client.update_run(resumed, "RUNNING")
            for name in client.get_run(resumed).data.metrics:
                self._logged |= {(name, point.step) for point in client.get_metric_history(resumed, name)}
            self.id = resumed
        else:
            self.id = _create(client, experiment, training)

    def _log_new(self, client: MlflowClient, run: str, points: Sequence[Metric]) -> None:
        _log(client, run, [point for point in points if (point.key, point.step) not in self._logged])


@contextmanager
def training_run(training: Training, resumed: str | None = None) -> Iterator[TrainingRun]:
    """A run that is open while the block lasts: then FINISHED, FAILED after an exception, KILLED by a signal.

    resumed: the id of the run to go on with, where there is one. Within the block, SIGTERM raises SystemExit(143).
    """
    with processes.signals_raise():
        run = TrainingRun(training, resumed)
        try:
            yield run
        except BaseException as error:
            run.end(processes.status_after(error))
            raise
        run.end("FINISHED")


def _create(client: MlflowClient, experiment: str, training: Training) -> str:
    """The id of a new run, its parameters logged."""
    run = client.create_run(experiment, tags=_tags(training), run_name=training.name)
    parameters = [Param(name, value) for name, value in flat(training.parameters).items()]
    client.log_batch(run.info.run_id, params=parameters, synchronous=True)
    return str(run.info.run_id)


def _points(values: Iterable[tuple[str, int, float]]) -> list[Metric]:
    """Points of curves, as of now: name, step, value."""
    now = int(time.time() * 1000)
    return [Metric(name, float(value), now, step) for name, step, value in values]


def _log(client: MlflowClient, run: str, points: Sequence[Metric]) -> None:
    client.log_batch(run, points, synchronous=True)


def _finish(client: MlflowClient, run: str, model: nn.Module, model_file: Path, example: Tensor) -> None:
    """Add the model file, by whose hash later stages find the run, and a network that MLflow can load and serve.

    example: images (N, 1, 28, 28) in [0, 1], the first two of which are kept with the model.
    """
    client.log_artifact(run, str(model_file), "weights")
    served.log_model(client, client.get_run(run), model, example)
    # last, so that a run which carries the hash is whole
    client.set_tag(run, MODEL_HASH, sha256(model_file))


def add_results(
    training: Training,
    model_file: Path,
    metrics: Mapping[str, float],
    pictures: Sequence[Path] = (),
    *,
    folder: str,
    history: Path,
    network: Callable[[], tuple[nn.Module, Tensor]],
) -> None:
    """Add what a later stage found out to the run of the training that made `model_file`; warns where that fails.

    The run is known by the file's hash. Where none carries it (DVC took the model from its run cache, so that no
    training ran, or the training's record could not be finished), one is opened as the training would have: from
    `training`, `history` (a CSV file: `epoch` and a column for each metric; blanks are skipped) and `network`, which
    is asked only then for the model and the example images (see `_finish`). Its status stays.

    pictures: found in the run under `folder`, by the files' names.
    """

    def add(client: MlflowClient) -> None:
        where = place()
        experiment = experiment_id(client, where, training.dataset)
        with where.lock():  # `evaluate` and `latent-analysis` may run side by side, and must not open two
            run = _find(client, experiment, training.name, sha256(model_file))
            if run is None:
                run = _create(client, experiment, training)
                client.set_tag(run, "hourglass.restored", "from the files that the training left")
                _log(client, run, _curves(history))
                model, example = network()
                _finish(client, run, model, model_file, example)
                client.set_terminated(run, "FINISHED")
        _log(client, run, _points((name, 0, value) for name, value in metrics.items()))
        for picture in pictures:
            client.log_artifact(run, str(picture), folder)

    outbox = Outbox(training.name)
    outbox.put(add)
    outbox.close()


def recorded(training: Training, model_file: Path) -> set[str]:
    """Metrics and folders of files that the run of the training that made `model_file` has; none without a run.

    Raises UnreachableError where the records cannot be opened.
    """
    where = place()
    client = connect(where)
    run = _find(client, experiment_id(client, where, training.dataset), training.name, sha256(model_file))
    if run is None:
        return set()
    return set(client.get_run(run).data.metrics) | {file.path for file in client.list_artifacts(run)}


def _curves(history: Path) -> list[Metric]:
    """The points of all curves."""
    with history.open(newline="", encoding="utf-8") as file:
        rows = [(int(row.pop("epoch")), row) for row in csv.DictReader(file)]
    return _points((name, epoch, float(cell)) for epoch, row in rows for name, cell in row.items() if cell)


def _find(client: MlflowClient, experiment: str, name: str, digest: str) -> str | None:
    """The id of the latest run with this model, of this name if there is one: two variants may come out the same."""
    runs = client.search_runs(
        [experiment], f"tags.`{MODEL_HASH}` = '{digest}'", order_by=["attributes.start_time DESC"]
    )
    found = min(runs, key=lambda run: run.info.run_name != name, default=None)
    return None if found is None else str(found.info.run_id)


def _tags(training: Training) -> dict[str, str]:
    tags = {tag: os.environ[name] for tag, name in FROM_DVC.items() if os.environ.get(name)}
    if commit := _commit():
        tags["mlflow.source.git.commit"] = commit
    return {"dataset": training.dataset, **tags, **processes.process_tags(), **training.tags}


def _commit() -> str | None:
    try:
        answer = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def flat(parameters: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested parameters as MLflow shows them: dotted names, values in words no longer than it takes."""
    result: dict[str, str] = {}
    for key, value in parameters.items():
        if isinstance(value, Mapping) and value:
            result |= flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            result[f"{prefix}{key}"] = text[:LONGEST_PARAMETER]
    return result
