"""MLflow runs of a sweep: one per trial, below a parent run of the sweep."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hourglass.records.sweep import PLACE, TrialResult
from hourglass.settings.stage_configs import SweepConfig, TrainConfig
from hourglass.tracking.runs import Run, RunInfo, end_status

EXPERIMENT = "sweep"
PARENT = "mlflow.parentRunId"


@dataclass
class SweepRuns:
    """The runs of one sweep, see `sweep_runs`."""

    parent: Run
    key: str
    failed: bool = False

    def log(self, name: str, settings: TrainConfig, result: TrialResult, epochs: Sequence[Mapping[str, float]]) -> None:
        """Log a finished trial, or a failed one.

        Args:
            name: Name of the run.
            settings: Settings of the training run.
            result: The trial's row of the table; without results if it failed.
            epochs: Metrics of each finished epoch.
        """
        parameters = {column: getattr(result, column) for column in PLACE} | settings.model_dump(mode="json")
        tags = {PARENT: self.parent.id} if self.parent.id else {}
        info = RunInfo(name, EXPERIMENT, parameters, tags, settings.describe())
        run = Run(info, _key(f"{self.key} {result.key}"))
        for epoch, metrics in enumerate(epochs, 1):
            run.log_epoch(epoch, metrics)
        run.log_results({column: float(value) for column, value in result.results.items()})
        run.end("FINISHED" if result.results else "FAILED")
        self.failed |= not result.results


@contextmanager
def sweep_runs(sweep: SweepConfig) -> Iterator[SweepRuns]:
    """Open the parent run while the block lasts; a resumed sweep continues in the same one."""
    # resources and retries do not change results
    settings = sweep.model_dump(mode="json", exclude={"sweep": {"resources", "retries"}})
    key = _key(json.dumps(settings))
    parameters = {"grids": settings["sweep"]["grids"], "noise": settings["sweep"]["noise"], "seed": sweep.seed}
    runs = SweepRuns(Run(RunInfo("sweep", EXPERIMENT, parameters), key), key)
    try:
        yield runs
    except BaseException as error:
        runs.parent.end(end_status(error))
        raise
    runs.parent.end("FAILED" if runs.failed else "FINISHED")


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
