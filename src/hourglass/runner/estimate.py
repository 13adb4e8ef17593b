"""How long a stage will take, by arithmetic on params.yaml alone: enough to put the longest first, and for a first
guess of the time left.

The figures are CPU seconds on one core of an AMD EPYC, for Fashion-MNIST. On another machine all are wrong by much
the same factor, which the run itself then shows.
"""

from hourglass.datasets import DATASETS
from hourglass.models.sizes import multiply_adds
from hourglass.models.spec import NetworkSpec
from hourglass.settings.params import Params

START_UP = 6.0  # seconds in which Python, torch and MLflow are imported and the data is read
MULTIPLY_ADDS = 1.8e10  # a second, in training; between 1.4e10 (selu) and 2.2e10 (strided)
PASSES = 3  # forward, and backward to inputs and to weights
SECONDS = {
    "classifier": 60.0,
    "sgd-variants": 90.0,
    "baselines": 20.0,
    "evaluate": 22.0,
    "latent-analysis": 18.0,
    "pictures": 10.0,
    "compare": 10.0,
}
"""Of the stages that train no variant, with all images, without the start-up."""
IMAGES = 60_000


def seconds(stage: str, params: Params) -> float:
    """Wall time of a stage that has a core to itself."""
    kind, _, variant = stage.partition("@")
    images = DATASETS[params.data.dataset].training_images
    if kind == "train" and variant in params.variants:
        return START_UP + _training(params, variant, images)
    return START_UP + SECONDS.get(kind, 0.0) * images / IMAGES


def _training(params: Params, name: str, images: int) -> float:
    variant = params.variant(name)
    if variant.train is None or not isinstance(variant.network, NetworkSpec):
        return 0.0  # a closed form
    work = PASSES * sum(map(multiply_adds, variant.network.layers())) * images * variant.train.epochs
    return work / MULTIPLY_ADDS
