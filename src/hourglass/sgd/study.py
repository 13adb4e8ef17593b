"""One network trained in the three ways from the same initial weights, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hourglass import models
from hourglass.data import mean_pixel
from hourglass.records import Study, StudyCurves
from hourglass.records.sgd import LOSSES, write_csv
from hourglass.settings.stages import Sgd
from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement, methods, one_thread, subset
from hourglass.sgd.figures import Descent, Figures, figures, timed_figures
from hourglass.sgd.findings import findings, timed_findings

Follow = Callable[[Method, int], AbstractContextManager[Callable[[Point], None]]]
"""Takes a method and how many images it is trained on; what it opens is shown every point, and closed at the end."""


@dataclass(frozen=True)
class Timing:
    """What a clock decided, which differs from run to run, by method. seconds: at each of its points."""

    seconds: Mapping[str, Sequence[float]]
    figures: Mapping[str, Figures]
    findings: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What the three ways come to."""

    study: Study
    curves: StudyCurves
    timing: Timing

    def in_words(self) -> str:
        """What was found, for the terminal."""
        speeds = [
            f"{name}: {row['seconds']:.1f} s of CPU time for updates, {row['images_per_second']:,.0f} images/s"
            for name, row in self.timing.figures.items()
        ]
        return "\n".join([*speeds, *(f"- {one}" for one in [*self.study.findings, *self.timing.findings])])


@contextmanager
def unfollowed(method: Method, images: int) -> Iterator[Callable[[Point], None]]:
    """Nobody watches."""
    yield lambda point: None


def study(settings: Sgd, images: Split, follow: Follow = unfollowed) -> Outcome:
    """Train in the three ways on the same subset of `images.train`; on one CPU thread, one way after the other."""
    chosen = Split(subset(images.train, settings.sgd.images, settings.seed), images.test)
    count = len(chosen.train)
    with one_thread():
        descents = {method.name: _followed(settings, chosen, method, follow) for method in methods(settings.sgd, count)}
    found, timed = figures(descents), timed_figures(descents, count)
    passes = settings.sgd.passes
    said = tuple(findings({name: row.model_dump() for name, row in found.items()}, passes))
    seconds = {name: [point.seconds for point in descent.points] for name, descent in descents.items()}
    return Outcome(
        Study(images=count, passes=passes, methods=found, findings=said),
        curves(descents),
        Timing(seconds, timed, timed_findings(timed)),
    )


def curves(descents: Mapping[str, Descent]) -> StudyCurves:
    """All points of each method, without their seconds."""
    return StudyCurves(
        {
            name: {
                "updates": [point.updates for point in descent.points],
                "passes": [point.passes for point in descent.points],
                "train_mse": [point.train_mse for point in descent.points],
                "test_mse": [point.test_mse for point in descent.points],
            }
            for name, descent in descents.items()
        }
    )


def _followed(settings: Sgd, images: Split, method: Method, follow: Follow) -> Descent:
    """One way to its end, from the initial weights that all ways share."""
    model = models.build(settings.network, settings.seed)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(mean_pixel(images.train))
    points = []
    with follow(method, len(images.train)) as show:
        for point in descend(model, images, method, settings.sgd.passes, settings.loss, settings.seed):
            points.append(point)
            show(point)
        agreement = gradient_agreement(model, images.train, method.batch_size, settings.loss, settings.seed)
    return Descent(method, points, agreement)


def save_passes(curves: StudyCurves, path: Path) -> None:
    """A CSV line for each whole pass, from 0 on, with the losses of all methods side by side."""
    whole = [
        [cells for cells in zip(*(columns[c] for c in ("passes", *LOSSES)), strict=True) if cells[0] % 1 == 0]
        for columns in curves.methods.values()
    ]
    lines = [
        [int(side_by_side[0][0]), *(loss for _, *losses in side_by_side for loss in losses)]
        for side_by_side in zip(*whole, strict=True)
    ]
    write_csv(path, ["pass", *(f"{name}_{loss}" for name in curves.methods for loss in LOSSES)], lines)
