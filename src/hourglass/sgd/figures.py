"""What a descent comes to, in a few figures; those that need a clock apart, as no two runs agree on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hourglass.records import MethodFigures
from hourglass.sgd.descent import Method, Point

Figures = dict[str, float]


@dataclass(frozen=True)
class Agreement:
    """Of the gradient of one batch size with that of all images.

    initial, trained: at the weights from which all ways start, and at those that one of them ended with. The weights
    are the same for every batch size, so that nothing but the batch size tells two agreements apart.
    """

    initial: float
    trained: float


@dataclass(frozen=True)
class Descent:
    """One way followed to its end, and the agreement of its batch's gradient with the whole one."""

    method: Method
    points: Sequence[Point]
    agreement: Agreement

    def reached(self, target: float) -> Point | None:
        """The first point with a training loss no higher than the target, if there is one."""
        return next((point for point in self.points if point.train_mse <= target), None)

    def first_passes(self, count: int) -> list[Point]:
        """The points at whole passes up to number `count`, the initial weights among them."""
        return [point for point in self.points if point.whole and point.passes <= count]


def common_passes(methods: Sequence[Method]) -> int:
    """The passes that all ways make."""
    return min(method.passes for method in methods)


def figures(descents: Mapping[str, Descent], target: float) -> dict[str, MethodFigures]:
    """By method, what does not depend on the machine's speed. target: mean squared error on the subset."""
    common = common_passes([descent.method for descent in descents.values()])
    found = {}
    for name, descent in descents.items():
        method, last, there = descent.method, descent.points[-1], descent.reached(target)
        first = [point.train_mse for point in descent.first_passes(common)]
        found[name] = MethodFigures(
            batch_size=method.batch_size,
            learning_rate=method.learning_rate,
            passes=method.passes,
            updates=last.updates,
            updates_per_pass=last.updates // method.passes,
            train_mse=last.train_mse,
            test_mse=last.test_mse,
            common_passes_train_mse=first[-1],
            loss_rises=loss_rises(first),
            gradient_agreement_initial=descent.agreement.initial,
            gradient_agreement_trained=descent.agreement.trained,
            updates_to_target=there.updates if there else None,
            passes_to_target=there.passes if there else None,
        )
    return found


def timed_figures(descents: Mapping[str, Descent], count: int, target: float) -> dict[str, Figures]:
    """By method, what holds for this machine and this run only; `count`: images in the subset.

    seconds: spent on all steps. times_mini_batch: the seconds that an image takes, in units of what it takes in
    mini-batches. seconds_to_target: until the training loss `target`, only where that was reached.
    """
    mini_batch = _seconds_per_image(descents["mini-batch"], count)
    found = {}
    for name, descent in descents.items():
        there, per_image = descent.reached(target), _seconds_per_image(descent, count)
        found[name] = {
            "seconds": descent.points[-1].seconds,
            "images_per_second": 1 / per_image,
            "times_mini_batch": per_image / mini_batch,
            **({"seconds_to_target": there.seconds} if there else {}),
        }
    return found


def _seconds_per_image(descent: Descent, count: int) -> float:
    last = descent.points[-1]
    return last.seconds / (last.passes * count)


def loss_rises(losses: Sequence[float]) -> float:
    """How restless a loss is: the sum of all rises from one loss to the next; 0 where it only ever falls."""
    return sum(max(0.0, after - before) for before, after in pairwise(losses))
