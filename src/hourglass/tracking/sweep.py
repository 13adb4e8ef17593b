"""MLflow runs of a hyperparameter sweep: a parent run for the sweep, and a child run for each trial."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from hourglass.records.sweep import PLACE, TrialResult
from hourglass.settings.stage_configs import SweepConfig, TrainConfig
from hourglass.tracking.runs import Run, RunInfo, start_run

EXPERIMENT = "sweep"


class SweepRuns:
    """MLflow runs of one sweep, with a child run for each trial. Use `sweep_runs` to create an instance."""

    def __init__(self, parent: Run, key: str) -> None:
        """Create a logger that logs trials as child runs of `parent`. `key` identifies the sweep when it is resumed."""
        self._parent, self._key = parent, key

    def log(self, name: str, settings: TrainConfig, result: TrialResult, epochs: Sequence[Mapping[str, float]]) -> None:
        """Log a finished or failed trial as a child run, with its settings, final results and metrics per epoch."""
        parameters = {column: getattr(result, column) for column in PLACE} | settings.model_dump(mode="json")
        tags = {"mlflow.parentRunId": self._parent.id} if self._parent.id else {}
        info = RunInfo(name, EXPERIMENT, parameters, tags, settings.describe())
        with start_run(info, _hash(f"{self._key} {result.key}")) as run:
            for epoch, metrics in enumerate(epochs, 1):
                run.log_epoch(epoch, metrics)
            run.log_results({column: float(value) for column, value in result.results.items()})
            if not result.results:
                run.status = self._parent.status = "FAILED"


@contextmanager
def sweep_runs(sweep: SweepConfig) -> Iterator[SweepRuns]:
    """Open the parent run of a sweep for the duration of the `with` block. A resumed sweep reuses its parent run."""
    # resources and retries do not change results
    settings = sweep.model_dump(mode="json", exclude={"sweep": {"resources", "retries"}})
    key = _hash(json.dumps(settings))
    parameters = {"grids": settings["sweep"]["grids"], "noise": settings["sweep"]["noise"], "seed": sweep.seed}
    with start_run(RunInfo("sweep", EXPERIMENT, parameters), key) as parent:
        yield SweepRuns(parent, key)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
