"""What a descent comes to, in a few figures; those that need a clock apart, as no two runs agree on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hourglass.records import MethodFigures
from hourglass.sgd.descent import Method, Point

Figures = dict[str, float]


@dataclass(frozen=True)
class Descent:
    """One way followed to its end. agreement: of a batch's gradient with the whole one, at the last weights."""

    method: Method
    points: Sequence[Point]
    agreement: float

    @property
    def passes(self) -> list[Point]:
        """The points at whole passes, the initial weights among them."""
        return [point for point in self.points if point.whole]

    def reached(self, target: float) -> Point:
        """The first point with a training loss no higher than the target, which has to have been reached."""
        return next(point for point in self.points if point.train_mse <= target)


def common_loss(descents: Mapping[str, Descent]) -> float:
    """The lowest training loss that all of them reached by their end: the highest of their last ones."""
    return max(descent.points[-1].train_mse for descent in descents.values())


def figures(descents: Mapping[str, Descent]) -> dict[str, MethodFigures]:
    """By method, what does not depend on the machine's speed."""
    target = common_loss(descents)
    found = {}
    for name, descent in descents.items():
        last, there = descent.points[-1], descent.reached(target)
        found[name] = MethodFigures(
            batch_size=descent.method.batch_size,
            learning_rate=descent.method.learning_rate,
            updates=last.updates,
            train_mse=last.train_mse,
            test_mse=last.test_mse,
            loss_rises=loss_rises([point.train_mse for point in descent.passes]),
            gradient_agreement=descent.agreement,
            updates_to_common_loss=there.updates,
            passes_to_common_loss=there.passes,
        )
    return found


def timed_figures(descents: Mapping[str, Descent], count: int) -> dict[str, Figures]:
    """By method, what holds for this machine and this run only; `count`: images in the subset.

    seconds: spent on all steps. seconds_to_common_loss: until the loss that all reached, as far as was measured.
    """
    target = common_loss(descents)
    found = {}
    for name, descent in descents.items():
        last = descent.points[-1]
        found[name] = {
            "seconds": last.seconds,
            "images_per_second": last.passes * count / last.seconds,
            "seconds_to_common_loss": descent.reached(target).seconds,
        }
    return found


def loss_rises(losses: Sequence[float]) -> float:
    """How restless a loss is: the sum of all rises from one loss to the next; 0 where it only ever falls."""
    return sum(max(0.0, after - before) for before, after in pairwise(losses))
