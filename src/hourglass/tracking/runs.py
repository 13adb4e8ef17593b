"""Functions to open, resume, log to and end MLflow runs."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import psutil
import torch
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking.context.registry import resolve_tags

from hourglass.tracking.store import attempt, experiment_id

KEY, HOST, PID = "hourglass.key", "hourglass.host", "hourglass.pid"
DVC_EXPERIMENT = "dvc.exp_name"
ENVIRONMENT = {DVC_EXPERIMENT: "DVC_EXP_NAME", "dvc.exp_baseline_rev": "DVC_EXP_BASELINE_REV"}
CODE = ("src", "stages", "params.yaml", "dvc.yaml", "requirements.txt")
LONGEST_PARAMETER = 6000  # characters


@dataclass(frozen=True)
class RunInfo:
    """Name, settings and tags of an MLflow run.

    Attributes:
        name: Name of the run, such as `linear latent=2`.
        experiment: Name of the MLflow experiment, without the prefix `hourglass-`.
        parameters: Settings of the run. Nested settings are logged under dotted names.
        tags: Tags of the MLflow run.
        description: One-line description in Markdown.
    """

    name: str
    experiment: str
    parameters: Mapping[str, object]
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


class Run:
    """MLflow run that is open for logging. MLflow errors are printed as warnings and never raised.

    Attributes:
        id: ID of the run in MLflow, or None if the run could not be opened.
        status: Status that is recorded when the run ends: FINISHED, FAILED or KILLED.
    """

    def __init__(self, info: RunInfo, key: str) -> None:
        """Open a new MLflow run, or resume an earlier run with the same key."""
        self.status = "FINISHED"
        self._name = info.name
        self._logged: set[tuple[str, int]] = set()
        self.id = attempt(info.name, lambda client: self._open(client, info, key))

    def _open(self, client: MlflowClient, info: RunInfo, key: str) -> str:
        run_id = open_run(client, experiment_id(client, info.experiment), info, key)
        for name in client.get_run(run_id).data.metrics:
            self._logged |= {(name, metric.step) for metric in client.get_metric_history(run_id, name)}
        return run_id

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of one epoch. Values that were already logged before an interruption are skipped."""
        new = [(name, epoch, value) for name, value in metrics.items() if (name, epoch) not in self._logged]
        self.log(lambda client, run_id: log_metrics(client, run_id, new))
        self._logged |= {(name, epoch) for name in metrics}

    def log_results(self, metrics: Mapping[str, float]) -> None:
        """Log the final metrics of the run at step 0. Metrics that were logged per epoch are skipped."""
        curves = {name for name, step in self._logged if step}
        new = [(name, 0, value) for name, value in metrics.items() if name not in curves]
        self.log(lambda client, run_id: log_metrics(client, run_id, new))

    def log(self, work: Callable[[MlflowClient, str], None]) -> None:
        """Call `work` with an MLflow client and the ID of the run. Errors are printed as warnings and not raised."""
        if (run_id := self.id) is not None:
            attempt(self._name, lambda client: work(client, run_id))


@contextmanager
def start_run(info: RunInfo, key: str | None = None) -> Iterator[Run]:
    """Open an MLflow run for the duration of the `with` block.

    The run ends with the status FINISHED, FAILED after an error, or KILLED after a signal or Ctrl-C.

    Args:
        info: Name, settings and tags of the run.
        key: Identifier of the run. An earlier run with the same key is resumed. By default, a new run is opened.

    Example:
        >>> with start_run(RunInfo("linear", "fashion_mnist", {"latent": 8})) as run:
        ...     run.log_epoch(1, {"train_mse": 0.05})
    """
    run = Run(info, key or uuid4().hex)
    try:
        yield run
    except BaseException as error:
        run.status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
        raise
    finally:
        run.log(lambda client, run_id: client.set_terminated(run_id, run.status))


def open_run(client: MlflowClient, experiment: str, info: RunInfo, key: str) -> str:
    """Resume the run with the given key or create a new run, log its parameters, and return its ID.

    `experiment` is the ID of the MLflow experiment. RUNNING runs whose process no longer exists are marked as KILLED.
    """
    _end_dead_runs(client, experiment)
    if runs := client.search_runs([experiment], f"tags.`{KEY}` = '{key}'"):
        run_id = str(runs[0].info.run_id)
        client.update_run(run_id, "RUNNING")
    else:
        run_id = str(client.create_run(experiment, tags={**_tags(info), KEY: key}, run_name=info.name).info.run_id)
    process = [RunTag(HOST, socket.gethostname()), RunTag(PID, str(os.getpid()))]
    settings = [Param(*item) for item in parameters(info.parameters).items()]
    client.log_batch(run_id, params=settings, tags=process, synchronous=True)
    return run_id


def log_metrics(client: MlflowClient, run_id: str, points: Iterable[tuple[str, int, float]]) -> None:
    """Log metrics, given as tuples (name, step, value), to an MLflow run."""
    now = int(time.time() * 1000)
    metrics = [Metric(name, float(value), now, step) for name, step, value in points]
    client.log_batch(run_id, metrics, synchronous=True)


def _end_dead_runs(client: MlflowClient, experiment: str) -> None:
    """Mark each RUNNING MLflow run as KILLED if its process on this machine no longer exists."""
    here = f"attributes.status = 'RUNNING' and tags.`{HOST}` = '{socket.gethostname()}'"
    for run in client.search_runs([experiment], here):
        if not psutil.pid_exists(int(run.data.tags[PID])):
            client.set_terminated(run.info.run_id, "KILLED")


def _tags(info: RunInfo) -> dict[str, str]:
    tags = {tag: os.environ[name] for tag, name in ENVIRONMENT.items() if os.environ.get(name)}
    if commit := git("rev-parse", "HEAD"):
        changes = git("--no-optional-locks", "status", "--porcelain", "--", *CODE)
        tags |= {"mlflow.source.git.commit": commit, "git.changed": "yes" if changes else "no"}
    tags |= {"threads": str(torch.get_num_threads()), "torch.version": torch.__version__}
    return dict(resolve_tags({**tags, "mlflow.note.content": info.description, **info.tags}))


def git(*arguments: str) -> str:
    """Run a git command and return its output, or an empty string if the command fails."""
    try:
        return subprocess.check_output(["git", *arguments], stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def parameters(settings: Mapping[str, object]) -> dict[str, str]:
    """Flatten nested settings to strings, keyed by dotted name. Strings are truncated to MLflow's maximum length."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in _leaves(settings)}
    return {name: text[:LONGEST_PARAMETER] for name, text in texts.items()}


def _leaves(content: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the dotted key and the value of each leaf of nested mappings. Lists and empty mappings are leaves."""
    if isinstance(content, Mapping) and (content or not prefix):
        for key, value in content.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, content
