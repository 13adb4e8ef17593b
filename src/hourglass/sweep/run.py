"""A sweep from its settings to its table."""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from hourglass import models
from hourglass.errors import UserError
from hourglass.records import sweep as table
from hourglass.records.sweep import Results
from hourglass.runner.machine import Machine
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep import adopted, cluster
from hourglass.sweep.cluster import Event, Failed, Lost, Started
from hourglass.sweep.data import SweepImages
from hourglass.sweep.store import Kept, Store
from hourglass.sweep.trials import Trial, sigma_in_words, trials
from hourglass.sweep.work import Epoch, Found, Order, Trained
from hourglass.tracking.sweep import SweepRuns

EVERY_SECONDS = 30.0  # between two lines of progress where no training ends
SAVING = 0.3  # of the time, at most, goes into keeping epochs, so that many workers do not wait for it


def sweep(
    settings: SweepConfig, images: Path, trials_folder: Path, table_file: Path, jobs: int | None = None
) -> list[table.Trial]:
    """Train and measure whatever has no result yet, and write the table of all. Returns its rows.

    images: the folder of the data sets, by name. trials_folder: of what is kept of trainings. jobs: how many at a time
    on this machine. Raises UserError where trials have failed; all others are then done, and in the table.
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
        _adopt(missing.values(), store, settings)
        course = _Course(missing, store, settings)
        failed = course.run(images, jobs)
        known |= course.results
    rows = [_row(trial, known.get(trial.key, {})) for trial in wanted]
    table.save(rows, table_file)
    if failed:
        lines = [f"  {missing[key].name}: {why}" for key, why in failed.items()]
        raise UserError("\n".join([f"{len(failed)} of {len(wanted)} trials failed, the others are done:", *lines]))
    return rows


def _adopt(missing: Iterable[Trial], store: Store, settings: SweepConfig) -> None:
    """Take over what the pipeline has trained already."""
    found, count = adopted.made(settings), 0
    for trial in missing:
        if (kept := adopted.adopted(trial, found)) and not store.load(trial).weights:
            store.save(trial, kept)
            count += 1
    if count:
        print(f"{count} trainings are those that the pipeline has made", flush=True)


def _known(wanted: Sequence[Trial], store: Store, listed: Mapping[str, Results]) -> dict[str, Results]:
    """The results that there are: in the table, or with what is kept of the training."""
    found = {}
    for trial in wanted:
        results = listed.get(trial.key) or store.load(trial).results.get(trial.key)
        if results is not None:
            found[trial.key] = results
    return found


def _row(trial: Trial, results: Results) -> table.Trial:
    return table.Trial(
        grid=trial.grid,
        dataset=trial.dataset,
        variant=trial.variant,
        latent=trial.settings.network.latent,
        sigma="" if trial.sigma is None else sigma_in_words(trial.sigma),
        epochs=trial.epochs,
        seed=trial.seed,
        key=trial.key,
        results=results,
    )


def _work(trial: Trial) -> int:
    """Multiply-adds of an epoch, for each training image; none for a closed form."""
    return sum(models.build(trial.settings.network).multiply_adds()) if trial.settings.train else 0


class _Course:
    """The trials that have no result, while they are trained."""

    def __init__(self, missing: Mapping[str, Trial], store: Store, settings: SweepConfig) -> None:
        self.results: dict[str, Results] = {}
        self._missing, self._store, self._settings = missing, store, settings
        self._kept: dict[str, Kept] = {}  # of those that a worker has
        self._failed: dict[str, str] = {}
        self._running: set[str] = set()
        self._left = {key: trial.epochs for key, trial in missing.items()}
        self._work = {key: _work(trial) for key, trial in missing.items()}
        self._worked, self._saving, self._start, self._said = 0.0, 0.0, time.monotonic(), 0.0

    def run(self, folder: Path, jobs: int | None) -> dict[str, str]:
        """Returns why trials failed, by key."""
        spec = self._settings.sweep
        jobs, _ = Machine.this().jobs(jobs, spec.resources.cpus)
        datasets = dict.fromkeys(trial.dataset for trial in self._missing.values())
        images = {dataset: SweepImages.load(folder / dataset) for dataset in datasets}
        # the longest first, so that none is left alone at the end
        longest = sorted(self._missing, key=lambda key: -self._work[key] * self._missing[key].epochs)
        orders = {key: (self._missing[key].dataset, partial(self._order, key)) for key in longest}
        with SweepRuns(self._settings) as runs, cluster.connected(spec.resources, jobs) as where:
            print(f"on {where}", flush=True)
            for key, event in cluster.run(orders, images, spec.resources, spec.retries):
                self._take(key, event, runs)
        return self._failed

    def _order(self, key: str) -> Order:
        """As it stands: a worker is about to have it."""
        settings, trial = self._settings, self._missing[key]
        if key not in self._kept:
            self._kept[key] = self._store.load(trial)
        kept = self._kept[key]
        self._left[key] = trial.epochs - len(kept.records)
        return Order(
            trial.settings,
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
                self._kept[key] = kept = Kept([*kept.records, record], state=state, results=kept.results)
                self._left[key] -= 1
                self._worked += self._work[key]
                if self._saving < SAVING * (time.monotonic() - self._start):
                    self._save(key, runs)
            case Trained(weights):
                self._kept[key] = Kept(kept.records, weights=weights, results=kept.results)
                self._save(key, runs)
            case Found(measured):
                found: Results = {**kept.records[-1].measured(), **measured}
                runs.end(trial, found)  # first: a trial that has its results is not looked at again
                self._store.save(trial, Kept(kept.records, weights=kept.weights, results={**kept.results, key: found}))
                self.results[key] = found
                said = f"test MSE {found['clean.mse']:.5f}"
            case Lost(why):
                said = f"goes on after epoch {len(kept.records)}, on another worker ({why})"
            case Failed(why):
                self._failed[key] = why
                if kept.state:
                    self._save(key, runs)
                runs.fail(trial)
                said = f"failed: {why}"
        if isinstance(event, Found | Lost | Failed):
            self._running.discard(key)
        if isinstance(event, Found | Failed):
            del self._kept[key]
        if said or time.monotonic() - self._said > EVERY_SECONDS:
            self._say(f" · {trial.name}: {said}" if said else "")

    def _save(self, key: str, runs: SweepRuns) -> None:
        """Onto the disk and into MLflow."""
        start = time.monotonic()
        self._store.save(self._missing[key], self._kept[key])
        runs.log(self._missing[key], self._kept[key].records)
        self._saving += time.monotonic() - start

    def _say(self, what: str) -> None:
        self._said = time.monotonic()
        done, running, failed = len(self.results), len(self._running), len(self._failed)
        text = f"{done} of {len(self._missing)} done, {running} running, {failed} failed"
        print(f"{text}, {self._time_left()}{what}", flush=True)

    def _time_left(self) -> str:
        ended = self.results.keys() | self._failed.keys()
        left = sum(self._work[key] * epochs for key, epochs in self._left.items() if key not in ended)
        if not self._worked:
            return "time left not known yet"
        minutes = left / self._worked * (time.monotonic() - self._start) / 60
        return f"about {minutes:.0f} min left"
