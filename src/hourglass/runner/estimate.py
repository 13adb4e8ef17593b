"""Rough estimates of stage durations, computed from params.yaml.

The estimates are used to start the longest stages first and to respect a time limit. The constants were measured
on Fashion-MNIST, in CPU seconds on one core of an AMD EPYC.
"""

from hourglass.models.spec import NetworkSpec, multiply_adds
from hourglass.settings.params import Params

START_UP = 6.0  # seconds to import Python packages and read the data
MULTIPLY_ADDS_PER_SECOND = 1.8e10  # in training
PASSES = 3  # forward, and backward to inputs and to weights
# without the start-up, for 60,000 training images
SECONDS = {"classifier": 60, "sgd-variants": 90, "baselines": 20, "evaluate": 22, "latent-analysis": 18}
SECONDS |= {"pictures": 10, "compare": 10}


def seconds(stage: str, params: Params) -> float:
    """Return the estimated wall time of a stage in seconds, assuming that it runs alone on one core."""
    kind, _, variant = stage.partition("@")
    # gradient descent methods are compared on a subset, of 4,000 images in params.yaml
    images = 15 * params.sgd_variants.images if kind == "sgd-variants" else params.data.source.training_images
    if kind != "train" or variant not in params.variants:
        return START_UP + SECONDS.get(kind, 0) * images / 60_000
    spec = params.variant(variant)
    if spec.train is None or not isinstance(spec.network, NetworkSpec):
        return START_UP  # fitted in closed form
    work = PASSES * sum(map(multiply_adds, spec.network.layers(params.data.shape))) * images * spec.train.epochs
    return START_UP + work / MULTIPLY_ADDS_PER_SECOND
