"""Comparison of pythae's own models with equivalent models of this project: `python -m benchmarks.models TASK`.

TASK holds the fields of `Task` as JSON. The process trains one model, scores it and prints one line of JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import torch

from benchmarks import engines
from benchmarks.plain import IMAGE
from benchmarks.processes import THREADS
from benchmarks.workload import EPOCH, WARM_UP_STEPS, Workload
from hourglass import classifier, models
from hourglass.corruptions import Corruption
from hourglass.errors import UserError
from hourglass.evaluation import negative_log_likelihood
from hourglass.images import Images
from hourglass.latent.context import FrechetDistance
from hourglass.latent.decoding import FITTED
from hourglass.losses import LOSSES
from hourglass.models.inference import batches
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.paths import CLASSIFIER, IMAGES
from hourglass.randomness import generator
from hourglass.samplers import SAMPLERS
from hourglass.schema import Value
from hourglass.settings.variant import TrainSpec

ENGINES = ("hourglass", "pythae")
LATENT = 16
HIDDEN = (512, 256)
LIKELIHOOD_SAMPLES = 100


@dataclass(frozen=True)
class Pair:
    """A model of this project and pythae's model with the same network and an equivalent loss.

    Attributes:
        loss: name of this project's loss.
        code: kind of latent code.
        settings: settings of this project's loss.
        code_settings: settings of this project's code.
        options: equivalent fields of pythae's model configuration.
    """

    loss: str
    code: str = "none"
    settings: Mapping[str, Value] = field(default_factory=dict)
    code_settings: Mapping[str, Value] = field(default_factory=dict)
    options: Mapping[str, Value | str] = field(default_factory=dict)

    @property
    def network(self) -> NetworkSpec:
        """Specification of the network, whose decoder mirrors the encoder."""
        encoder = Encoder(dense=HIDDEN)
        return NetworkSpec(latent=LATENT, code=self.code, code_settings=dict(self.code_settings), encoder=encoder)


PAIRS = {
    "AE": Pair("squared_error"),
    "VAE": Pair("elbo", "gaussian", options={"reconstruction_loss": "bce"}),
    # Adam's weight decay w has the gradient of w/2 · ‖weights‖², so reg_weight is twice decoder_weight
    "RAE_L2": Pair(
        "rae_l2",
        settings={"code_weight": 0.01, "decoder_weight": 1e-6},
        options={"embedding_weight": 0.01, "reg_weight": 2e-6},
    ),
    "WAE_MMD": Pair("wae_mmd", settings={"weight": 10.0}, options={"reg_weight": 10.0}),
    "IWAE": Pair(
        "iwae", "gaussian", settings={"samples": 5}, options={"reconstruction_loss": "bce", "number_samples": 5}
    ),
    # pythae averages distances over the values of a code, this project adds them up
    "VQVAE": Pair(
        "vq_vae",
        "quantised",
        settings={"commitment": 0.25},
        code_settings={"vectors": 256, "dims": 2},
        options={
            "num_embeddings": 256,
            "commitment_loss_factor": 0.25 * LATENT,
            "quantization_loss_factor": 1.0 * LATENT,
        },
    ),
}
"""Pairs of models, keyed by the name of pythae's class."""


@dataclass(frozen=True)
class Task:
    """Measurement of one model, trained on the first `images` images of the training set.

    `pair` is the name of pythae's class, and `engine` is `hourglass` or `pythae`.
    """

    pair: str
    engine: str
    images: int
    epochs: int
    seed: int
    threads: int


def measure(task: Task) -> dict[str, float]:
    """Run a task in a process of its own, and return its scores and seconds per epoch. Raises UserError on failure."""
    environment = os.environ | dict.fromkeys(THREADS, str(task.threads))
    command = [sys.executable, "-m", "benchmarks.models", json.dumps(asdict(task))]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        print(run.stderr, file=sys.stderr)
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise UserError(f"{task.engine} failed on {task.pair}: {last[0]} (output above)")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def train(task: Task, workload: Workload) -> engines.TrainedNetwork:
    """Train the model of a task. Both engines start from the same weights."""
    if task.engine == "hourglass":
        return engines.hourglass(workload)
    from benchmarks.with_pythae import fit_own  # noqa: PLC0415  installed in the benchmark environment only

    model = models.build(workload.network, IMAGE, workload.seed)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(workload.mean_pixel)
    seconds = fit_own(task.pair, PAIRS[task.pair].options, model, workload)
    return engines.TrainedNetwork(seconds, model.eval())


@torch.inference_mode()
def score(model: models.Model, workload: Workload, test: Images) -> dict[str, float]:
    """Return the test MSE, the Fréchet distance and, for Gaussian codes, two upper estimates of −log p in nats.

    The Fréchet distance compares images decoded from random codes with the test images. `negative_bound` is the loss on
    the test images. `negative_log_likelihood` is estimated on binarised test images.
    """
    images, seed = test.images, workload.seed
    codes = models.encode(model, workload.images[:FITTED])
    samples = SAMPLERS["mixture"].draw(model, codes, len(images), seed)
    assert samples is not None
    distance = FrechetDistance(classifier.load(CLASSIFIER, test), images)
    scores = {
        "test_mse": models.mean_squared_error(model, images, images),
        "frechet": distance(models.decode(model, samples)),
    }
    if isinstance(model, models.VariationalAutoencoder):
        loss, sampling, total = LOSSES[workload.loss], generator(seed, "bound"), 0.0
        for part in batches(images, torch.device("cpu")):
            total += loss(model, part, part, sampling, **workload.loss_settings)[0].item() * len(part)
        scores["negative_bound"] = total / len(images)
        scores["negative_log_likelihood"] = negative_log_likelihood(model, images, LIKELIHOOD_SAMPLES, seed)
    return scores


def main(task: Task) -> None:
    """Warm up, train, score, and print the scores and the seconds per epoch of 60,000 images."""
    pair, test = PAIRS[task.pair], Images.load(IMAGES / "test.safetensors")
    images = Images.load(IMAGES / "train.safetensors").images[: task.images]
    spec = TrainSpec(epochs=task.epochs, batch_size=128, learning_rate=0.001, test_every=task.epochs)
    clean = Corruption("none")
    workload = Workload(pair.network, spec, pair.loss, clean, images, test.images, task.seed, pair.settings)
    few = replace(workload, images=images[: WARM_UP_STEPS * spec.batch_size])
    train(task, replace(few, train=spec.model_copy(update={"epochs": 1})))
    trained = train(task, workload)
    seconds = sum(trained.epoch_seconds) / task.epochs * EPOCH / len(images)
    assert isinstance(trained.network, models.Model)
    print(json.dumps({"seconds": seconds, **score(trained.network, workload, test)}))


if __name__ == "__main__":
    main(Task(**json.loads(sys.argv[1])))
