"""MLflow runs and progress display for the study that compares gradient descent methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from hourglass.figures import sgd as figures
from hourglass.figures import style
from hourglass.files import sha256
from hourglass.paths import IMAGES
from hourglass.progress import progress
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Method, Outcome, Point
from hourglass.tracking.runs import Run, RunInfo, start_run
from hourglass.training import EpochRecord

CURVES = ("train_mse", "test_mse", "updates", "seconds")


class SgdRuns:
    """MLflow runs of a study that compares gradient descent methods, one run per method."""

    def __init__(self, settings: SgdConfig) -> None:
        """Create a logger for a study with the given settings. No run is opened yet."""
        self._settings = settings
        self._runs: dict[str, Run] = {}

    @contextmanager
    def follow(self, method: Method, images: int) -> Iterator[Callable[[Point], None]]:
        """Open an MLflow run for a method, and yield a function that logs and displays points of its learning curve.

        Points within a pass over the training images are skipped. `images` is the number of training images.
        """
        parameters = self._settings.model_dump(mode="json", exclude={"sgd", "libraries"})
        parameters["sgd"] = {**asdict(method), "images": images}
        name, dataset = f"sgd {method.name}", self._settings.dataset
        tags = {"dataset": dataset, "data.sha256": sha256(IMAGES / "train.safetensors")}
        with (
            start_run(RunInfo(name, f"{dataset}-sgd", parameters, tags)) as run,
            progress(name, method.passes) as show,
        ):
            self._runs[method.name] = run

            def log(point: Point) -> None:
                if not point.whole:
                    return
                passes = int(point.passes)
                run.log_epoch(passes, {curve: getattr(point, curve) for curve in CURVES})
                if passes:
                    show(EpochRecord(passes, point.train_mse, {}, point.test_mse, passes * images / point.seconds))

            yield log

    def finish(self, outcome: Outcome) -> None:
        """Log the metrics of each method to its run, and the study's figures and summary to every run."""
        study, curves, dataset = outcome.study, outcome.curves, self._settings.dataset
        with TemporaryDirectory() as folder:
            files = Path(folder)
            style.save(figures.losses(study, curves, dataset), files / "losses.png")
            style.save(figures.losses_by_the_clock(study, curves, outcome.seconds, dataset), files / "seconds.png")
            (files / "results.txt").write_text(outcome.summary(), encoding="utf-8")
            for name, run in self._runs.items():
                metrics = study.methods[name].model_dump(exclude_none=True, exclude={"batch_size", "learning_rate"})
                run.log_results({**metrics, **outcome.timing[name]})
                run.log(lambda client, run_id: client.log_artifacts(run_id, folder, "sgd-variants"))
