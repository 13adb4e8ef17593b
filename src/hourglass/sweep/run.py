"""Execution of a sweep, from the settings to the table of results."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hourglass.errors import UserError
from hourglass.models.spec import multiply_adds
from hourglass.records import sweep as records
from hourglass.records.sweep import Results, TrialResult
from hourglass.runner import machine
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import cluster, store
from hourglass.sweep.cluster import Event, Failure
from hourglass.sweep.job import Epoch, Evaluated, Job, SweepImages
from hourglass.sweep.store import StoredRun
from hourglass.sweep.trials import Trial, trials
from hourglass.tracking.sweep import SweepRuns, sweep_runs


def requested_jobs() -> int | None:
    """Return the number of jobs in the environment variable JOBS, or None. Raises UserError if it is not an integer."""
    jobs = os.environ.get("JOBS")
    return machine.requested_jobs(jobs) if jobs else None


def sweep(
    config: SweepConfig, images: Path, trials_folder: Path, table: Path, jobs: int | None = None
) -> list[TrialResult]:
    """Run the trials that have no result yet, and write and return a table with the results of all trials.

    Args:
        config: settings of the sweep.
        images: folder with one subfolder per data set (see `SweepImages.save`).
        trials_folder: folder of stored training runs (see `hourglass.sweep.store`).
        table: CSV file of the results. Existing results with unchanged cache keys are kept.
        jobs: number of jobs to run at a time on this machine, by default as many as cores and memory allow.

    Raises:
        UserError: if some trials failed. All other trials are finished, and their results are in the table.
    """
    hashes = {dataset: SweepImages.hashes(images / dataset) for dataset in config.images}
    planned = trials(config, hashes)
    results = {row.key: row.results for row in records.load(table) if row.results}
    for trial in planned:
        if trial.key not in results and (stored := store.load(trials_folder, trial).results.get(trial.key)):
            results[trial.key] = stored
    missing = {trial.key: trial for trial in planned if trial.key not in results}
    print(f"{len(planned)} trials, {len(planned) - len(missing)} of them finished", flush=True)
    failures: Mapping[str, str] = {}
    if missing:
        if count := store.reuse_pipeline_runs(trials_folder, [*missing.values()]):
            print(f"{count} training runs reused from the pipeline", flush=True)
        driver = _Driver(missing, trials_folder, config)
        driver.run(images, jobs)
        results |= driver.results
        failures = driver.failures
    rows = [trial.result(results.get(trial.key, {})) for trial in planned]
    records.save(rows, table)
    if failures:
        lines = [f"  {missing[key].name}: {reason}" for key, reason in failures.items()]
        raise UserError("\n".join([f"{len(failures)} of {len(planned)} trials failed, the others finished:", *lines]))
    return rows


NOT_RESULTS = ("images_per_second", "kept_epoch")


class _Driver:
    """Runner of unfinished trials. Its `results` (metrics) and `failures` (messages) are keyed by trial key."""

    def __init__(self, missing: Mapping[str, Trial], folder: Path, config: SweepConfig) -> None:
        self.results: dict[str, Results] = {}
        self.failures: dict[str, str] = {}
        self._missing, self._folder, self._config = missing, folder, config
        self._active: dict[str, StoredRun] = {}
        self._start = time.monotonic()

    def run(self, image_folder: Path, jobs: int | None) -> None:
        """Run all unfinished trials, starting with the most expensive ones."""
        spec = self._config.sweep
        jobs, _ = machine.jobs(jobs, spec.resources.cpus)
        images = {dataset: SweepImages.load(image_folder / dataset) for dataset in self._config.images}
        longest_first = sorted(self._missing, key=self._cost, reverse=True)
        with sweep_runs(self._config) as runs, cluster.connect(spec.resources, jobs) as where:
            print(f"on {where}", flush=True)
            for key, event in cluster.run(longest_first, self._job, images, spec.resources, spec.retries):
                self._handle(key, event, runs)

    def _cost(self, key: str) -> int:
        """Return a trial's training cost (multiply-adds per image × epochs), or 0 for a model fitted in closed form."""
        trial = self._missing[key]
        network, image = trial.settings.network, self._config.images[trial.dataset].shape
        return sum(map(multiply_adds, network.layers(image))) * trial.epochs if trial.settings.train else 0

    def _job(self, key: str) -> Job:
        trial = self._missing[key]
        self._active[key] = run = store.load(self._folder, trial)
        return Job(trial.dataset, trial.settings, self._config, run.state, run.weights, trial.label, trial.likelihood)

    def _handle(self, key: str, event: Event, runs: SweepRuns) -> None:
        trial, run = self._missing[key], self._active[key]
        match event:
            case Epoch(metrics, state):
                self._store_run(key, replace(run, epochs=[*run.epochs, metrics], state=state))
            case Evaluated(weights, metrics):
                kept = run.epochs[int(run.epochs[-1].get("kept_epoch", len(run.epochs))) - 1]
                trained = {name: value for name, value in kept.items() if name not in NOT_RESULTS}
                self.results[key] = results = {**trained, **metrics}
                runs.log(trial.name, trial.settings, trial.result(results), run.epochs)
                self._store_run(key, StoredRun(run.epochs, {}, weights, {**run.results, key: results}))
                self._report(trial, f"test MSE {results['mse']:.5f}")
            case Failure(reason, retry=True):
                self._report(trial, f"resumes after epoch {len(run.epochs)} on another worker ({reason})")
            case Failure(reason):
                self.failures[key] = reason
                runs.log(trial.name, trial.settings, trial.result({}), run.epochs)
                self._report(trial, f"failed: {reason}")
        if key in self.results or key in self.failures:
            del self._active[key]

    def _store_run(self, key: str, run: StoredRun) -> None:
        self._active[key] = run
        store.save(self._folder, self._missing[key], run)

    def _report(self, trial: Trial, text: str) -> None:
        minutes = (time.monotonic() - self._start) / 60
        done = f"{len(self.results)} of {len(self._missing)} trials finished, {len(self.failures)} failed"
        print(f"{done}, {minutes:.0f} min · {trial.name}: {text}", flush=True)
