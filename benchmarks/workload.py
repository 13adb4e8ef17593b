"""The workload of a measurement: network, data and training settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from hourglass.corruptions import Corruption
from hourglass.images import Images, mean_pixel
from hourglass.models.spec import NetworkSpec
from hourglass.paths import IMAGES
from hourglass.schema import Value
from hourglass.settings.params import load
from hourglass.settings.variant import TrainSpec

EPOCH = 60_000  # images to which the seconds of an epoch are scaled
WARM_UP_STEPS = 10


@dataclass(frozen=True)
class Task:
    """Measurement of one engine in a process of its own.

    Attributes:
        images: number of training images, which are the first of the training set.
        threads: number of CPU threads.
        precision: `float32` or `bfloat16`.
    """

    engine: str
    variant: str
    images: int
    threads: int
    epochs: int = 1
    precision: str = "float32"
    test: bool = False
    """Whether to compute the test error, outside the measured time."""


@dataclass(frozen=True)
class Workload:
    """Network, data and settings with which every engine trains. Images are uint8 (N, 1, 28, 28)."""

    network: NetworkSpec
    train: TrainSpec
    loss: str
    corruption: Corruption
    images: Tensor
    test_images: Tensor
    seed: int
    loss_settings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def mean_pixel(self) -> float:
        """Mean pixel in [0, 1], which untrained networks output."""
        return mean_pixel(self.images)


def prepare(task: Task) -> Workload:
    """Return the workload of a task. Raises UserError if the variant is unknown or the images are missing."""
    params = load()
    variant = params.variant(task.variant)
    assert isinstance(variant.network, NetworkSpec)
    assert variant.train is not None
    changes = {"epochs": task.epochs, "test_every": task.epochs, "precision": task.precision}
    return Workload(
        variant.network,
        TrainSpec.model_validate(variant.train.model_dump() | changes),
        variant.loss,
        Corruption.of(variant.corruption, params.strengths()),
        Images.load(IMAGES / "train.safetensors").images[: task.images].clone(),  # frees the rest
        Images.load(IMAGES / "test.safetensors").images,
        params.seed,
        variant.loss_settings,
    )
