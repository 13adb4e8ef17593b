"""The kinds of gradient descent while they run: on the terminal, and each in an MLflow run of its own."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.figures import sgd as figures
from hourglass.figures import style
from hourglass.files import sha256
from hourglass.paths import IMAGES, PLOTS
from hourglass.progress import progress
from hourglass.settings.params import SGD_VARIANT
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Method, Outcome, Point
from hourglass.tracking.runs import DATA_HASH, Training, TrainingRun, training_run
from hourglass.tracking.store import SGD
from hourglass.training import EpochRecord

LOGGED = {
    "batch_size",
    "learning_rate",
    "train_mse",
    "test_mse",
    "passes",
    "updates",
    "seconds",
}  # as parameters or curves
SECONDS = PLOTS / "sgd-variants" / "seconds.png"  # kept by neither DVC nor git


class Runs:
    """The runs of one study: `follow` opens one for each method, `finish` adds what all of them came to."""

    def __init__(self, settings: SgdConfig) -> None:
        self._settings = settings
        self._runs: dict[str, TrainingRun] = {}

    @contextmanager
    def follow(self, method: Method, images: int) -> Iterator[Callable[[Point], None]]:
        """A run that is open while the method is at work on so many images; takes its points, logs whole passes."""
        described = _described(self._settings, method, images)
        with training_run(described) as run, progress(_name(method), method.passes) as show:
            self._runs[method.name] = run

            def log(point: Point) -> None:
                if not point.whole:
                    return
                number, seconds = int(point.passes), point.seconds
                losses = {"train_mse": point.train_mse, "test_mse": point.test_mse}
                run.log_epoch(number, losses | {"updates": point.updates, "seconds": seconds})
                if number:
                    show(EpochRecord(number, point.train_mse, {}, point.test_mse, number * images / seconds))

            yield log

    def finish(self, outcome: Outcome) -> None:
        """Each method's figures in its own run; the pictures of all three and the sentences in every one."""
        study, curves, dataset = outcome.study, outcome.curves, self._settings.dataset
        style.save(figures.losses_by_the_clock(study, curves, outcome.timing.seconds, dataset), SECONDS)
        with tempfile.TemporaryDirectory() as folder:
            losses, findings = Path(folder) / "losses.png", Path(folder) / "findings.txt"
            style.save(figures.losses(study, curves, dataset), losses)
            said = [*study.findings, *outcome.timing.findings]
            findings.write_text("".join(f"{sentence}\n" for sentence in said), encoding="utf-8")
            for name, run in self._runs.items():
                row = study.methods[name].model_dump() | outcome.timing.figures[name]
                run.log_results(
                    {figure: value for figure, value in row.items() if value is not None and figure not in LOGGED}
                )
                for path in (losses, SECONDS, findings):
                    run.log_picture(path, "sgd-variants")
                run.flush()


def _name(method: Method) -> str:
    return f"sgd {method.name}"


def _described(settings: SgdConfig, method: Method, images: int) -> Training:
    """Name and settings of one method, and the hash of the data it is trained on."""
    parameters = {
        "variant": SGD_VARIANT,
        "seed": settings.seed,
        "data": {"dataset": settings.dataset},
        "device": "cpu",
        "network": settings.network.model_dump(),
        "loss": settings.loss,
        "sgd": {
            "method": method.name,
            "images": images,
            "passes": method.passes,
            "batch_size": method.batch_size,
            "learning_rate": method.learning_rate,
        },
    }
    tags = {"sgd.method": method.name, DATA_HASH: sha256(IMAGES / "train.safetensors")}
    about = f"{method.name} gradient descent, batches of {method.batch_size:,} of {images:,} images"
    return Training(_name(method), settings.dataset, parameters, tags, about, SGD)
