"""One network trained in the three ways from the same initial weights, and what comes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hourglass import models
from hourglass.images import mean_image_mse, mean_pixel
from hourglass.records import Study, StudyCurves
from hourglass.records.sgd import LOSSES, write_csv
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement, methods, one_thread, subset
from hourglass.sgd.figures import Agreement, Descent, Figures, common_passes, figures, timed_figures
from hourglass.sgd.findings import findings, timed_findings

Follow = Callable[[Method, int], AbstractContextManager[Callable[[Point], None]]]
"""Takes a method and how many images it is trained on; what it opens is shown every point, and closed at the end."""


TRAINED_BY = "mini-batch"  # the way whose last weights all batch sizes are compared at


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
            f"{name}: {row['seconds']:.1f} s of CPU time for updates, {row['images_per_second']:,.0f} images/s; "
            f"an image takes {row['times_mini_batch']:.2g} times as long as in mini-batches"
            for name, row in self.timing.figures.items()
        ]
        return "\n".join([*speeds, *(f"- {one}" for one in [*self.study.findings, *self.timing.findings])])


@contextmanager
def unfollowed(method: Method, images: int) -> Iterator[Callable[[Point], None]]:
    """Nobody watches."""
    yield lambda point: None


def study(settings: SgdConfig, images: Split, follow: Follow = unfollowed) -> Outcome:
    """Train in the three ways on the same subset of `images.train`; on one CPU thread, one way after the other."""
    chosen = Split(subset(images.train, settings.sgd.images, settings.seed), images.test)
    count, ways = len(chosen.train), methods(settings.sgd, len(chosen.train))
    with one_thread():
        descents = _descents(settings, chosen, ways, follow)
    mean_image = mean_image_mse(chosen.train, chosen.train)
    target = settings.sgd.target * mean_image
    found = Study(
        images=count,
        common_passes=common_passes(ways),
        mean_image_mse=mean_image,
        target_mse=target,
        methods=figures(descents, target),
        findings=(),
    )
    timed = timed_figures(descents, count, target)
    seconds = {name: [point.seconds for point in descent.points] for name, descent in descents.items()}
    return Outcome(
        found.model_copy(update={"findings": tuple(findings(found))}),
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


def _descents(settings: SgdConfig, images: Split, ways: Sequence[Method], follow: Follow) -> dict[str, Descent]:
    """Each way to its end, by name, and what its gradients are worth at weights that are the same for all of them."""
    networks = {way.name: _initial(settings, images) for way in ways}
    points = {
        way.name: _followed(settings, images, way, common_passes(ways), networks[way.name], follow) for way in ways
    }
    initial, trained = _initial(settings, images), networks[TRAINED_BY]

    def agreement(model: models.Autoencoder, way: Method) -> float:
        return gradient_agreement(model, images.train, way.batch_size, settings.loss, settings.seed)

    return {
        way.name: Descent(way, points[way.name], Agreement(agreement(initial, way), agreement(trained, way)))
        for way in ways
    }


def _initial(settings: SgdConfig, images: Split) -> models.Autoencoder:
    """The network at the weights from which all ways start."""
    model = models.build(settings.network, settings.seed)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(mean_pixel(images.train))
    return model


def _followed(
    settings: SgdConfig, images: Split, way: Method, common: int, model: models.Autoencoder, follow: Follow
) -> list[Point]:
    """One way to its end; trains the model in place."""
    points = []
    with follow(way, len(images.train)) as show:
        for point in descend(model, images, way, common, settings.loss, settings.seed):
            points.append(point)
            show(point)
    return points


def save_passes(curves: StudyCurves, path: Path) -> None:
    """A CSV line for each pass that all methods make, from 0 on, with their losses after it side by side."""
    common = min(columns["passes"][-1] for columns in curves.methods.values())
    whole = [
        [
            cells
            for cells in zip(*(columns[c] for c in ("passes", *LOSSES)), strict=True)
            if cells[0] % 1 == 0 and cells[0] <= common
        ]
        for columns in curves.methods.values()
    ]
    lines = [
        [int(side_by_side[0][0]), *(loss for _, *losses in side_by_side for loss in losses)]
        for side_by_side in zip(*whole, strict=True)
    ]
    write_csv(path, ["pass", *(f"{name}_{loss}" for name in curves.methods for loss in LOSSES)], lines)
