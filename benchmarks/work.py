"""What a measured training works on: a job in words, and the network, data and settings that follow from it."""

from dataclasses import dataclass

from torch import Tensor

from hourglass.corruptions import Corruption
from hourglass.images import Images, mean_pixel
from hourglass.models.spec import NetworkSpec
from hourglass.paths import IMAGES
from hourglass.settings.params import Params, TrainSpec, load

EPOCH = 60_000  # images of an epoch, to which seconds are scaled
WARM_UP = 10  # steps before the clock


@dataclass(frozen=True)
class Job:
    """One measurement, done by a process of its own.

    images: of the training set, from its start. latent, batch_size: None leaves the variant its own. tested: whether
    the trained network's error on the test set is reported, which takes no part in the time.
    """

    engine: str
    variant: str
    images: int
    threads: int
    epochs: int = 1
    latent: int | None = None
    batch_size: int | None = None
    precision: str = "float32"
    tested: bool = False


@dataclass(frozen=True)
class Work:
    """What every engine is given alike.

    loss: by its name. images: uint8 (N, 28, 28); test_images: uint8 (M, 28, 28).
    """

    network: NetworkSpec
    train: TrainSpec
    loss: str
    corruption: Corruption
    images: Tensor
    test_images: Tensor
    seed: int

    @property
    def pixel(self) -> float:
        """The mean pixel, on [0, 1], that untrained networks are initialised to output."""
        return mean_pixel(self.images)


def prepare(job: Job, params: Params | None = None) -> Work:
    """The work that a job names. Raises UserError where the variant is unknown or the data are not there."""
    params = params or load()
    variant = params.variant(job.variant)
    assert isinstance(variant.network, NetworkSpec)
    assert variant.train is not None
    network = variant.network.model_dump() | ({"latent": job.latent} if job.latent else {})
    changed = {"epochs": job.epochs, "test_every": job.epochs, "precision": job.precision}
    train = variant.train.model_dump() | changed | ({"batch_size": job.batch_size} if job.batch_size else {})
    return Work(
        NetworkSpec.model_validate(network),
        TrainSpec.model_validate(train),
        variant.loss,
        Corruption.of(variant.corruption, params.strengths()),
        Images.load(IMAGES / "train.safetensors").images[: job.images].clone(),  # the rest is not held
        Images.load(IMAGES / "test.safetensors").images,
        params.seed,
    )
