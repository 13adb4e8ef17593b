"""A sweep in MLflow: a run for each trial, all below one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hourglass.settings.describe import in_a_line
from hourglass.settings.stage_configs import SweepConfig
from hourglass.tracking.runs import Run, RunInfo, end_status
from hourglass.training import EpochRecord

if TYPE_CHECKING:
    from hourglass.sweep.trials import Trial

EXPERIMENT = "sweep"
PARENT = "mlflow.parentRunId"


class SweepRuns:
    """The runs of one sweep, while it lasts; taken up again, it goes on in the same ones."""

    def __init__(self, sweep: SweepConfig) -> None:
        # how much a trial is given, and how often it is tried, makes no other sweep
        about = sweep.model_dump(mode="json", exclude={"sweep": {"resources", "retries"}})
        self._key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:32]
        parameters = {"grids": about["sweep"]["grids"], "noise": about["sweep"]["noise"], "seed": sweep.seed}
        self._parent = Run(RunInfo("sweep", EXPERIMENT, parameters), self._key)
        self._open: dict[str, Run] = {}
        self._logged: dict[str, int] = {}
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        status = "FINISHED" if error is None else end_status(error)
        for run in self._open.values():
            run.end(status)
        self._parent.end("FAILED" if error is None and self._failed else status)

    def begin(self, trial: "Trial", records: Sequence[EpochRecord]) -> None:
        """A worker has begun, after the epochs of these records."""
        if trial.key in self._open:
            return
        tags = {PARENT: self._parent.id} if self._parent.id else {}
        key = hashlib.sha256(f"{self._key} {trial.key}".encode()).hexdigest()[:32]
        described = RunInfo(trial.name, EXPERIMENT, _parameters(trial), tags, in_a_line(trial.settings))
        run = Run(described, key)
        self._open[trial.key] = run
        self._logged[trial.key] = 0
        self.log(trial, records)

    def log(self, trial: "Trial", records: Sequence[EpochRecord]) -> None:
        """All epochs so far, of which those that are new are logged."""
        for record in records[self._logged[trial.key] :]:
            self._open[trial.key].log_epoch(record.epoch, record.logged())
        self._logged[trial.key] = len(records)

    def end(self, trial: "Trial", results: Mapping[str, float | int | bool]) -> None:
        """All is measured."""
        run = self._open.pop(trial.key)
        run.log_results({name: float(value) for name, value in results.items()})
        run.end("FINISHED")

    def fail(self, trial: "Trial") -> None:
        self._failed = True
        if run := self._open.pop(trial.key, None):
            run.end("FAILED")


def _parameters(trial: "Trial") -> dict[str, object]:
    """What differs, as columns of their own; then all settings."""
    differs = {
        "grid": trial.grid,
        "dataset": trial.dataset,
        "variant": trial.variant,
        "latent": trial.settings.network.latent,
        "sigma": "" if trial.sigma is None else str(trial.sigma),
        "epochs": trial.epochs,
    }
    return differs | trial.settings.model_dump(mode="json")
