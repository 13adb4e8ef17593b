"""A sweep from its settings to its table."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hourglass import models
from hourglass.errors import UserError
from hourglass.pipeline.machine import Machine
from hourglass.records import sweep as table
from hourglass.records.sweep import Results
from hourglass.settings.stages import Sweep
from hourglass.sweep import cluster
from hourglass.sweep.cluster import Event, Failed, Lost, Started
from hourglass.sweep.data import SweepImages
from hourglass.sweep.store import Kept, Store
from hourglass.sweep.trials import Trial, sigma_in_words, trials
from hourglass.sweep.work import Epoch, Found, Order, Trained
from hourglass.tracking.sweep import SweepRuns

EVERY_SECONDS = 30.0  # between two lines of progress where no training ends


def sweep(
    settings: Sweep, images: Path, trials_folder: Path, table_file: Path, jobs: int | None = None
) -> list[table.Trial]:
    """Train and measure whatever has no result yet, and write the table of all. Returns its rows.

    images: the folder of the data sets, by name. trials_folder: of what is kept of trainings. jobs: CPUs to use of this
    machine. Raises UserError where trials have failed; all others are then done, and in the table.
    """
    hashes = {dataset: SweepImages.hashes(images / dataset) for dataset in settings.sweep.datasets}
    wanted = trials(settings, hashes)
    store = Store(trials_folder)
    listed = {row.key: row.results for row in table.load(table_file) if row.results}
    known = _known(wanted, store, listed)
    missing = {trial.key: trial for trial in wanted if trial.key not in known}
    print(f"{len(wanted)} trials, {len(wanted) - len(missing)} of them done", flush=True)
    failed: dict[str, str] = {}
    if missing:
        # the longest first, so that none is left alone at the end
        ordered = dict(sorted(missing.items(), key=lambda item: -_work(item[1])))
        course = _Course(ordered, store, settings)
        failed = course.run(images, jobs)
        known |= course.results
    rows = [_row(trial, known.get(trial.key, {})) for trial in wanted]
    table.save(rows, table_file)
    if failed:
        lines = [f"  {missing[key].name}: {why}" for key, why in failed.items()]
        raise UserError("\n".join([f"{len(failed)} of {len(wanted)} trials failed, the others are done:", *lines]))
    return rows


def _known(wanted: Sequence[Trial], store: Store, listed: Mapping[str, Results]) -> dict[str, Results]:
    """The results that there are: in the table, or with what is kept of the training."""
    found = {}
    for trial in wanted:
        results = listed.get(trial.key) or store.load(trial).results.get(trial.key)
        if results is not None:
            found[trial.key] = results
    return found


def _row(trial: Trial, results: Results) -> table.Trial:
    sigma = "" if trial.sigma is None else sigma_in_words(trial.sigma)
    latent = trial.settings.network.latent
    return table.Trial(
        trial.grid, trial.dataset, trial.variant, latent, sigma, trial.epochs, trial.seed, trial.key, results
    )


def _work(trial: Trial) -> float:
    """Multiply-adds of all epochs, for each training image; none for a closed form."""
    return float(
        sum(models.build(trial.settings.network).multiply_adds()) * trial.epochs if trial.settings.train else 0
    )


class _Course:
    """The trials that have no result, while they are trained."""

    def __init__(self, missing: Mapping[str, Trial], store: Store, settings: Sweep) -> None:
        self.results: dict[str, Results] = {}
        self._missing, self._store, self._settings = missing, store, settings
        self._kept = {key: store.load(trial) for key, trial in missing.items()}
        self._failed: dict[str, str] = {}
        self._running: set[str] = set()
        self._work = {key: _work(trial) / max(trial.epochs, 1) for key, trial in missing.items()}
        self._worked, self._start, self._said = 0.0, time.monotonic(), 0.0

    def run(self, folder: Path, jobs: int | None) -> dict[str, str]:
        """Returns why trials failed, by key."""
        spec = self._settings.sweep
        if jobs is None:
            jobs, _ = Machine.this().jobs(threads=spec.resources.cpus)
            jobs *= spec.resources.cpus
        datasets = dict.fromkeys(trial.dataset for trial in self._missing.values())
        images = {dataset: SweepImages.load(folder / dataset) for dataset in datasets}
        orders = {key: (trial.dataset, lambda key=key: self._order(key)) for key, trial in self._missing.items()}
        with SweepRuns(self._settings) as runs, cluster.connected(jobs) as where:
            print(f"on {where}", flush=True)
            for key, event in cluster.run(orders, images, spec.resources, spec.retries):
                self._take(key, event, runs)
        return self._failed

    def _order(self, key: str) -> Order:
        settings, kept = self._settings, self._kept[key]
        return Order(
            self._missing[key].settings,
            settings.seed,
            settings.strengths,
            settings.sweep.noise,
            settings.sweep.resources.cpus,
            kept.state,
            kept.weights,
        )

    def _take(self, key: str, event: Event, runs: SweepRuns) -> None:
        trial, kept, said = self._missing[key], self._kept[key], ""
        match event:
            case Started():
                self._running.add(key)
                runs.begin(trial, kept.records)
            case Epoch(record, state):
                self._keep(key, Kept([*kept.records, record], state=state, results=kept.results))
                self._worked += self._work[key]
                runs.log_epoch(trial, record)
            case Trained(weights):
                self._keep(key, Kept(kept.records, weights=weights, results=kept.results))
            case Found(measured):
                last = kept.records[-1]
                assert last.test_mse is not None  # always measured after the last epoch
                results: Results = {"train_mse": last.train_mse, "test_mse": last.test_mse, **measured}
                self._keep(key, Kept(kept.records, weights=kept.weights, results={**kept.results, key: results}))
                self.results[key] = results
                runs.end(trial, results)
                said = f"test MSE {results['mse']:.5f}"
            case Lost(why):
                said = f"goes on after epoch {len(kept.records)}, on another worker ({why})"
            case Failed(why):
                self._failed[key] = why
                runs.fail(trial)
                said = f"failed: {why}"
        if isinstance(event, Found | Lost | Failed):
            self._running.discard(key)
        if said or time.monotonic() - self._said > EVERY_SECONDS:
            self._say(f" · {trial.name}: {said}" if said else "")

    def _keep(self, key: str, kept: Kept) -> None:
        self._kept[key] = kept
        self._store.save(self._missing[key], kept)
        if kept.weights and key in kept.results:
            self._kept[key] = Kept(kept.records)  # nothing is asked of it any more

    def _say(self, what: str) -> None:
        self._said = time.monotonic()
        done, failed, running = len(self.results), len(self._failed), len(self._running)
        text = f"{done} of {len(self._missing)} done, {running} running, {failed} failed"
        print(f"{text}, {self._time_left()}{what}", flush=True)

    def _time_left(self) -> str:
        left = sum(
            self._work[key] * (trial.epochs - len(self._kept[key].records))
            for key, trial in self._missing.items()
            if key not in self.results and key not in self._failed
        )
        if not self._worked:
            return "time left not known yet"
        minutes = left / self._worked * (time.monotonic() - self._start) / 60
        return f"about {minutes:.0f} min left"
