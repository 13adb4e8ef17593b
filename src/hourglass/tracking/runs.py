"""A run for every training, while it lasts."""

import getpass
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import torch
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param
from torch import Tensor, nn

from hourglass.files import sha256
from hourglass.flatten import iter_leaves
from hourglass.tracking import processes, served
from hourglass.tracking.outbox import Outbox
from hourglass.tracking.pages import LEARNING, TRAINED
from hourglass.tracking.store import experiment_id, place

MODEL_HASH, DATA_HASH = "model.sha256", "data.sha256"
VARIANT, EXPERIMENT = "variant", "dvc.exp_name"
KEY = "hourglass.key"  # known before a run is opened, so that none is opened twice
REGISTER = "; its files are whole, and `make register` logs what they hold once that is mended"
FILES_OF_AN_IMAGE = 2  # MLflow keeps a smaller one too
LONGEST_PARAMETER, LONGEST_DIGEST = 6000, 36
DECIDES = ("src", "stages", "params.yaml", "dvc.yaml", "requirements.txt")  # what a run comes to
FROM_DVC = {
    EXPERIMENT: "DVC_EXP_NAME",
    "dvc.stage": "DVC_STAGE",
    "dvc.exp_baseline_rev": "DVC_EXP_BASELINE_REV",
}


@dataclass(frozen=True)
class Training:
    """What a training is called and what went into it.

    name: in legends, so that trainings which differ are told apart: `linear`, `linear latent=2`.
    parameters: all that took effect; may be nested. tags: what else identifies it, e.g. `data.sha256`. about: what it
    is, in words. kind: of training, where it has an experiment of its own.
    """

    name: str
    dataset: str
    parameters: Mapping[str, object]
    tags: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    kind: str = ""

    @property
    def experiment(self) -> str:
        """Of MLflow, see `experiment_id`."""
        return f"{self.dataset}-{self.kind}" if self.kind else self.dataset


class TrainingRun:
    """One training in MLflow, while it is being written. What cannot be logged is kept and sent later: see `Outbox`.

    id: None until it could be opened. key: of the run, which goes on where a killed training has opened it.
    """

    def __init__(self, training: Training, key: str) -> None:
        self.id: str | None = None
        self._whole = REGISTER if VARIANT in training.tags else ""
        self._outbox = Outbox(training.name)
        self._curves: set[str] = set()
        self._logged: set[tuple[str, int]] = set()
        self._outbox.put(lambda client: self._open(client, training, key))

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """One point on the curve of each metric."""
        self._curves |= metrics.keys()
        new = points((name, epoch, value) for name, value in metrics.items())
        self._put(lambda client, run: self._log_new(client, run, new))

    def log_results(self, metrics: Mapping[str, float]) -> None:
        """Figures that describe the trained network as a whole, at step 0, which MLflow draws as bars.

        A figure whose name has a curve is left out: the curve ends with it.
        """
        new = points((name, 0, value) for name, value in metrics.items() if name not in self._curves)
        self._put(lambda client, run: self._log_new(client, run, new))

    def log_picture(self, path: Path, folder: str) -> None:
        """A picture, found under `folder` by its file's name."""
        self._put(lambda client, run: client.log_artifact(run, str(path), folder))

    def finish(
        self,
        model: nn.Module,
        model_file: Path,
        example: Tensor,
        metrics: Mapping[str, float],
        images: Sequence[Tensor] = (),
    ) -> None:
        """What the training left behind: see `add_model` and `log_images`; and its final figures."""
        self.log_results(metrics)
        self._put(lambda client, run: log_images(client, run, images))
        self._put(lambda client, run: add_model(client, run, model, model_file, example))

    def end(self, status: str) -> None:
        """Set the run's status; try once more to log what could not be logged yet, and warn where that fails."""
        self._put(lambda client, run: client.set_terminated(run, status))
        if status == "FINISHED":
            self._outbox.close(advice=self._whole)
        else:
            self._outbox.close(patience=0.0)

    def flush(self) -> None:
        """Try once more to log what could not be logged yet, and warn where that fails."""
        self._outbox.close()

    def _put(self, work: Callable[[MlflowClient, str], None]) -> None:
        def of_this_run(client: MlflowClient) -> None:
            assert self.id is not None  # opening it was put first
            work(client, self.id)

        self._outbox.put(of_this_run)

    def _open(self, client: MlflowClient, training: Training, key: str) -> None:
        """Also sets runs to KILLED that a training of this machine, no longer alive, has left RUNNING."""
        processes.reap(client)
        where = place()
        experiment = experiment_id(client, where, training.experiment)
        with where.lock():  # of two that are the first to name a data set, MLflow refuses one
            run = open_run(client, experiment, training, key)
        for name in client.get_run(run).data.metrics:
            self._logged |= {(name, point.step) for point in client.get_metric_history(run, name)}
        self.id = run

    def _log_new(self, client: MlflowClient, run: str, new: Sequence[Metric]) -> None:
        log_points(client, run, [point for point in new if (point.key, point.step) not in self._logged])


@contextmanager
def training_run(training: Training, key: str | None = None) -> Iterator[TrainingRun]:
    """A run that is open while the block lasts: then FINISHED, FAILED after an exception, KILLED by a signal.

    key: by which the same run is found again and gone on with. Within the block, SIGTERM raises SystemExit(143), where
    nothing else has been made of it.
    """
    with processes.signals_raise():
        run = TrainingRun(training, key or uuid4().hex)
        try:
            yield run
        except BaseException as error:
            run.end(processes.status_after(error))
            raise
        run.end("FINISHED")


def open_run(client: MlflowClient, experiment: str, training: Training, key: str) -> str:
    """The id of the run of this key, RUNNING in this process, its parameters logged; made where there is none.

    To be repeated where it fails half-way: that makes no second one.
    """
    for found in client.search_runs([experiment], f"tags.`{KEY}` = '{key}'"):
        run = str(found.info.run_id)
        for tag, value in processes.process_tags().items():
            client.set_tag(run, tag, value)
        client.update_run(run, "RUNNING")
        break
    else:
        run = str(client.create_run(experiment, tags={**_tags(training), KEY: key}, run_name=training.name).info.run_id)
    parameters = [Param(name, value) for name, value in flat(training.parameters).items()]
    client.log_batch(run, params=parameters, synchronous=True)
    if digest := training.tags.get(DATA_HASH):
        data = Dataset(training.dataset, digest[:LONGEST_DIGEST], "local", json.dumps({"dataset": training.dataset}))
        client.log_inputs(run, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    return run


def points(values: Iterable[tuple[str, int, float]]) -> list[Metric]:
    """Points of curves, as of now: name, step, value."""
    now = int(time.time() * 1000)
    return [Metric(name, float(value), now, step) for name, step, value in values]


def log_points(client: MlflowClient, run: str, new: Sequence[Metric]) -> None:
    client.log_batch(run, new, synchronous=True)


def log_images(client: MlflowClient, run: str, images: Sequence[Tensor]) -> None:
    """What a training makes of the same images: at its end, and after each epoch; MLflow shows both run beside run.

    images: uint8 (H, W), the first of epoch 1. What is there already is left alone, so that this can be repeated.
    """
    # at the same step, which MLflow asks of images that stand side by side
    steps = [*((TRAINED, 1, image) for image in images[-1:]), *((LEARNING, *one) for one in enumerate(images, 1))]
    logged = len(client.list_artifacts(run, "images")) // FILES_OF_AN_IMAGE
    for name, step, image in steps[logged:]:
        client.log_image(run, image.numpy(), key=name, step=step, synchronous=True)


def add_model(client: MlflowClient, run: str, model: nn.Module, model_file: Path, example: Tensor) -> None:
    """Add the model file, by whose hash later stages find the run, and a network that MLflow can load and serve.

    example: images (N, 1, 28, 28) in [0, 1], the first two of which are kept with the model.
    """
    client.log_artifact(run, str(model_file), "weights")
    served.log_model(client, client.get_run(run), model, example)
    # last, so that a run which carries the hash is whole
    client.set_tag(run, MODEL_HASH, sha256(model_file))


def _tags(training: Training) -> dict[str, str]:
    tags = {tag: os.environ[name] for tag, name in FROM_DVC.items() if os.environ.get(name)}
    if commit := git("rev-parse", "HEAD"):
        changed = git("--no-optional-locks", "status", "--porcelain", "--", *DECIDES)
        tags |= {"mlflow.source.git.commit": commit, "git.changed": "yes" if changed else "no"}
    if training.about:
        tags["mlflow.note.content"] = training.about
    tags |= {"mlflow.user": _user(), "threads": str(torch.get_num_threads()), "torch.version": torch.__version__}
    return {"dataset": training.dataset, **tags, **processes.process_tags(), **training.tags}


def git(*arguments: str) -> str:
    """What git says; nothing where there is none, or no repository, or not what it is asked for."""
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())


def flat(parameters: Mapping[str, object]) -> dict[str, str]:
    """Nested parameters as MLflow shows them: flatten names, values in words no longer than it takes."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, default=str) for name, value in iter_leaves(parameters)
    }
    return {name: text[:LONGEST_PARAMETER] for name, text in texts.items()}
