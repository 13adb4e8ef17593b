"""A run for every training: opened by `train`, added to by the stages that follow."""

import csv
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from torch import Tensor, nn

from hourglass.files import sha256
from hourglass.tracking import processes, served
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
    """One training in MLflow, while it is being written."""

    def __init__(self, client: MlflowClient, run: Run) -> None:
        self.id: str = run.info.run_id
        self._client = client
        self._curves: set[str] = set()

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """One point on the curve of each metric."""
        self._curves |= metrics.keys()
        self._log([(name, epoch, value) for name, value in metrics.items()])

    def log_history(self, history: Path) -> None:
        """All curves at once, from a CSV file: `epoch` and a column for each metric; blanks are skipped."""
        with history.open(newline="", encoding="utf-8") as file:
            rows = [(int(row.pop("epoch")), row) for row in csv.DictReader(file)]
        self._log([(name, epoch, float(cell)) for epoch, row in rows for name, cell in row.items() if cell])

    def log_results(self, metrics: Mapping[str, float]) -> None:
        """Figures that describe the trained network as a whole, at step 0, which MLflow draws as bars.

        A figure whose name has a curve is left out: the curve ends with it.
        """
        self._log([(name, 0, value) for name, value in metrics.items() if name not in self._curves])

    def log_picture(self, path: Path, folder: str) -> None:
        """A picture, found under `folder` by its file's name."""
        self._client.log_artifact(self.id, str(path), folder)

    def finish(self, model: nn.Module, model_file: Path, example: Tensor, metrics: Mapping[str, float]) -> None:
        """What the training left behind: final figures, model file, a network that MLflow can load and serve.

        model_file: the safetensors file, by whose hash later stages find the run. example: images
        (N, 1, 28, 28) in [0, 1], the first two of which are kept with the model.
        """
        self.log_results(metrics)
        self._client.log_artifact(self.id, str(model_file), "weights")
        served.log_model(self._client, self._client.get_run(self.id), model, example)
        # last, so that a run which carries the hash is whole
        self._client.set_tag(self.id, MODEL_HASH, sha256(model_file))

    def _log(self, points: Sequence[tuple[str, int, float]]) -> None:
        now = int(time.time() * 1000)
        metrics = [Metric(name, float(value), now, step) for name, step, value in points]
        self._client.log_batch(self.id, metrics, synchronous=True)


@contextmanager
def training_run(training: Training) -> Iterator[TrainingRun]:
    """A run that is open while the block lasts: then FINISHED, FAILED after an exception, KILLED by a signal.

    First sets runs to KILLED that a training of this machine, no longer alive, has left RUNNING.
    Within the block, SIGTERM raises SystemExit(143).
    """
    where = place()
    client = connect(where)
    processes.reap(client)
    with _open(client, experiment_id(client, where, training.dataset), training) as run:
        yield run


@contextmanager
def _open(client: MlflowClient, experiment: str, training: Training) -> Iterator[TrainingRun]:
    with processes.signals_raise():
        created = client.create_run(experiment, tags=_tags(training), run_name=training.name)
        run = TrainingRun(client, created)
        try:
            parameters = [Param(name, value) for name, value in flat(training.parameters).items()]
            client.log_batch(run.id, params=parameters, synchronous=True)
            yield run
        except BaseException as error:
            client.set_terminated(run.id, processes.status_after(error))
            raise
        client.set_terminated(run.id, "FINISHED")


def add_results(
    training: Training,
    model_file: Path,
    metrics: Mapping[str, float],
    pictures: Sequence[Path] = (),
    *,
    folder: str,
    history: Path,
    network: Callable[[], tuple[nn.Module, Tensor]],
) -> str:
    """Add what a later stage found out to the run of the training that made `model_file`; returns its id.

    The run is known by the file's hash. Where none carries it (DVC took the model from its run cache, so
    that no training ran), one is opened as the training would have: from `training`, `history` (see
    `TrainingRun.log_history`) and `network`, which is asked only then for the model and the example images (see
    `TrainingRun.finish`). Its status stays.

    pictures: found in the run under `folder`, by the files' names.
    """
    where = place()
    client = connect(where)
    experiment = experiment_id(client, where, training.dataset)
    with where.lock():  # `evaluate` and `latent-analysis` may run side by side, and must not open two
        found = _find(client, experiment, training.name, sha256(model_file))
        run = TrainingRun(client, found) if found else None
        if run is None:
            with _open(client, experiment, training) as run:
                client.set_tag(run.id, "hourglass.restored", "the model came from DVC's cache")
                run.log_history(history)
                model, example = network()
                run.finish(model, model_file, example, {})
    run.log_results(metrics)
    for picture in pictures:
        run.log_picture(picture, folder)
    return run.id


def _find(client: MlflowClient, experiment: str, name: str, digest: str) -> Run | None:
    """The latest run with this model, of this name if there is one: two variants may come out the same."""
    runs = client.search_runs(
        [experiment], f"tags.`{MODEL_HASH}` = '{digest}'", order_by=["attributes.start_time DESC"]
    )
    return min(runs, key=lambda run: run.info.run_name != name, default=None)


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
