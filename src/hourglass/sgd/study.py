"""Comparison of stochastic, mini-batch and full-batch gradient descent on one network."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise

from hourglass import models
from hourglass.images import mean_image_mse, mean_pixel, shape_of
from hourglass.records import MethodResults, Study, StudyCurves
from hourglass.records.sgd import COLUMNS
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement, methods, subset

TRAINED_BY = "mini-batch"  # the gradients of all batch sizes are compared at the final weights of this method

Follow = Callable[[Method, int], AbstractContextManager[Callable[[Point], None]]]
"""Function of a method and the number of images. The returned context manager yields a callback for measurements."""


@dataclass(frozen=True)
class Outcome:
    """Results of a comparison of gradient descent methods (stochastic, mini-batch and full-batch).

    Attributes:
        study: settings and results of each method, and sentences that compare them.
        curves: learning curve of each method.
        seconds: CPU time at each point of a learning curve, keyed by method. Differs from run to run.
        timing: total CPU time, CPU time per update and images per CPU second, keyed by method. Differs likewise.
    """

    study: Study
    curves: StudyCurves
    seconds: Mapping[str, Sequence[float]]
    timing: Mapping[str, Mapping[str, float]]

    def summary(self) -> str:
        """Return the results and the training speeds as text for the terminal."""
        speeds = [
            f"{name}: {metrics['images_per_second']:,.0f} images per CPU second, "
            f"{1000 * metrics['seconds_per_update']:.3g} ms per update, {metrics['seconds']:.1f} s in all."
            for name, metrics in self.timing.items()
        ]
        return "\n".join([*self.study.results, *speeds])


def study(config: SgdConfig, images: Split, follow: Follow) -> Outcome:
    """Compare gradient descent methods that each train the same initial network on the same subset of images.

    Each method runs within the context manager `follow(method, count)`, where `count` is the size of the subset. The
    context manager yields a function that is called with every measurement.
    """
    split = Split(subset(images.train, config.sgd.images, config.seed), images.test)
    count, compared = len(split.train), methods(config.sgd, len(split.train))
    common = min(method.passes for method in compared)
    mean_image = mean_image_mse(split.train, split.train)
    target = config.sgd.target * mean_image
    points: dict[str, list[Point]] = {method.name: [] for method in compared}
    networks = {method.name: _initial_network(config, split) for method in compared}
    for method in compared:
        with follow(method, count) as show:
            for point in descend(networks[method.name], split, method, common, config.loss, config.seed):
                points[method.name].append(point)
                show(point)
    results = {}
    for method in compared:
        agreement = [
            gradient_agreement(network, split.train, method.batch_size, config.loss, config.seed)
            for network in (_initial_network(config, split), networks[TRAINED_BY])
        ]
        cost = method.batch_size * sum(networks[method.name].multiply_adds())
        results[method.name] = method_results(method, points[method.name], agreement, common, target, cost)
    record = Study(
        images=count,
        common_passes=common,
        mean_image_mse=mean_image,
        target_mse=target,
        methods=results,
        results=tuple(describe(results, count, target / mean_image)),
    )
    curves = {
        name: {column: [getattr(point, column) for point in of] for column in COLUMNS} for name, of in points.items()
    }
    timing = {
        name: {
            "seconds": of[-1].seconds,
            "seconds_per_update": of[-1].seconds / of[-1].updates,
            "images_per_second": of[-1].passes * count / max(of[-1].seconds, 1e-9),
        }
        for name, of in points.items()
    }
    seconds = {name: [point.seconds for point in of] for name, of in points.items()}
    return Outcome(record, StudyCurves(curves), seconds, timing)


def _initial_network(config: SgdConfig, images: Split) -> models.Autoencoder:
    model = models.build(config.network, shape_of(images.train), config.seed)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(mean_pixel(images.train))
    return model


def method_results(
    method: Method, points: Sequence[Point], agreement: Sequence[float], common: int, target: float, cost: int
) -> MethodResults:
    """Summarise the measurements of one gradient descent method.

    Args:
        method: gradient descent method.
        points: measurements of the method, in the order of training.
        agreement: mean cosine similarities of batch gradients to the full gradient, at initial and at trained weights.
        common: number of passes over the training subset that all methods complete.
        target: training MSE that the method should reach.
        cost: number of multiply-adds to reconstruct one batch.
    """
    reached = next((point for point in points if point.train_mse <= target), None)
    losses = [point.train_mse for point in points if point.whole]
    return MethodResults(
        batch_size=method.batch_size,
        learning_rate=method.learning_rate,
        passes=method.passes,
        updates=points[-1].updates,
        multiply_adds_per_update=cost,
        train_mse=points[-1].train_mse,
        test_mse=points[-1].test_mse,
        common_passes_train_mse=[point.train_mse for point in points if point.whole and point.passes <= common][-1],
        loss_rises=sum(max(0.0, after - before) for before, after in pairwise(losses)),
        gradient_agreement_initial=agreement[0],
        gradient_agreement_trained=agreement[1],
        updates_to_target=reached.updates if reached else None,
        passes_to_target=reached.passes if reached else None,
    )


def describe(results: Mapping[str, MethodResults], images: int, target: float) -> list[str]:
    """Return an introductory paragraph, and one paragraph per method that states an advantage and a disadvantage.

    Args:
        results: results of each method, keyed by method name.
        images: number of training images in the subset.
        target: ratio of the target MSE to the MSE of the mean image.
    """
    one, some, every = results["stochastic"], results["mini-batch"], results["full-batch"]
    reaching = [name for name, of in results.items() if of.passes_to_target is not None]
    who = "all methods" if len(reaching) == len(results) else f"{' and '.join(reaching)} only" if reaching else "none"
    # of full-batch gradient descent; a loss that rises between whole passes has risen in an update
    rises = "; at this one, chosen for the lowest loss at the end, some updates raise it" if every.loss_rises else ""

    def to_target(of: MethodResults) -> str:
        final = f"{of.passes} passes ({of.updates:,} updates) with a loss of {of.train_mse:.4f}"
        if of.passes_to_target is None:
            return f"does not reach the target, and ends after {final}"
        passes = f"{of.passes_to_target:.3g} passes ({of.updates_to_target:,} updates)"
        return f"reaches the target after {passes}, and ends after {final}"

    def cost(of: MethodResults) -> str:
        return f"{of.multiply_adds_per_update / 1e6:,.1f} million multiply-adds"

    return [
        f"The architecture of linear was trained on {images:,} images from the same initial weights, each method with "
        f"its own learning rate. The target is {target:.0%} of the loss of the mean image; it is reached by {who}. "
        f"Cosines are means over batches, at the weights that mini-batch gradient descent ends with.",
        f"Stochastic (batch size 1): many cheap updates per pass, {cost(one)} each, whose noise can lead out of saddle "
        f"points and poor minima. It {to_target(one)}. But single images leave vectorised hardware idle, and the "
        f"direction is noisy: its cosine with the full gradient is {one.gradient_agreement_trained:.2f}.",
        f"Mini-batch (batch size {some.batch_size:,}): in between, and the usual choice. The direction is close to "
        f"that of all images (cosine {some.gradient_agreement_trained:.2f}), and vectorised hardware computes the "
        f"{cost(some)} of an update in parallel. It {to_target(some)}. But the batch size is one more hyperparameter, "
        "and there are fewer updates per pass.",
        f"Full-batch (all {every.batch_size:,} images): the exact direction, computed in parallel. At a low learning "
        f"rate every update lowers the loss{rises}. But all images must fit in memory, and a pass of {cost(every)} is "
        f"a single update: it {to_target(every)}.",
    ]
