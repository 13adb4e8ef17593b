"""Resumable jobs that train and evaluate the networks of a sweep, and the images used by the jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from hourglass import classifier, evaluation, latent, metrics, models, training
from hourglass.classifier import Classifier
from hourglass.corruptions import TESTED, CorruptedImages, Corruption, TrainingInputs, corrupt
from hourglass.evaluation import EvaluationData
from hourglass.files import load_tensors, save_tensors, sha256
from hourglass.images import Images
from hourglass.models import Model, VariationalAutoencoder, reconstruct
from hourglass.randomness import generator
from hourglass.records.sweep import Results
from hourglass.settings.grids import NOISE
from hourglass.settings.stage_configs import SweepConfig, TrainConfig
from hourglass.training import TrainingData

SPLITS = ("train", "test")
LIKELIHOOD = "negative_log_likelihood"  # metric of trials with `likelihood`

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class SweepImages:
    """Training and test images of a data set, a classifier that scores reconstructions, and outliers keyed by kind."""

    train: Images
    test: Images
    classifier: Classifier
    outliers: Tensors

    @staticmethod
    def hashes(folder: Path) -> dict[str, str]:
        """Return the SHA-256 of `train.safetensors` and `test.safetensors` in a folder, keyed by split."""
        return {split: sha256(folder / f"{split}.safetensors") for split in SPLITS}

    def save(self, folder: Path) -> None:
        """Write the images, the classifier and the outliers to four safetensors files in a folder."""
        self.train.save(folder / "train.safetensors")
        self.test.save(folder / "test.safetensors")
        classifier.save(self.classifier, folder / "classifier.safetensors")
        save_tensors(folder / "outliers.safetensors", self.outliers)

    def of_class(self, label: int) -> "SweepImages":
        """Return a copy that contains only the training and test images of one class."""
        train, test = (
            replace(part, images=part.images[part.labels == label], labels=part.labels[part.labels == label])
            for part in (self.train, self.test)
        )
        return replace(self, train=train, test=test)

    @classmethod
    def load(cls, folder: Path) -> "SweepImages":
        """Load a folder written by `save`. Raises UserError if a file is missing or damaged."""
        train, test = (Images.load(folder / f"{split}.safetensors") for split in SPLITS)
        outliers, _ = load_tensors(folder / "outliers.safetensors", "sweep/dvc.yaml:data")
        return cls(train, test, classifier.load(folder / "classifier.safetensors", test), outliers)


@dataclass(frozen=True)
class Job:
    """Training run of a sweep, and its evaluation.

    Training resumes from `state` (see `EpochRecord.state`) unless `state` is empty. If final `weights` are given, the
    network is only evaluated. If `label` is given, the network is trained only on images of this class, and the
    evaluation measures how well the network distinguishes this class from the others. If `likelihood` is given, the
    evaluation estimates −log p of binarised test images with this number of importance samples.
    """

    dataset: str
    settings: TrainConfig
    sweep: SweepConfig
    state: Tensors = field(default_factory=dict)
    weights: Tensors = field(default_factory=dict)
    label: int | None = None
    likelihood: int | None = None


@dataclass(frozen=True)
class Epoch:
    """Metrics of a finished epoch, and the training state from which the run can resume."""

    metrics: Mapping[str, float]
    state: Tensors


@dataclass(frozen=True)
class Evaluated:
    """Result of a finished job: the weights of the trained network, and its metrics on the test set."""

    weights: Tensors
    results: Results


def execute(job: Job, images: SweepImages) -> Iterator[Epoch | Evaluated]:
    """Train and evaluate a network. Yield an `Epoch` after each epoch, and an `Evaluated` at the end.

    A job that already has weights is evaluated without training. Raises UserError if the loss is not finite.
    """
    torch.set_num_threads(job.sweep.sweep.resources.cpus)
    settings, weights = job.settings, job.weights
    every, images = images, images if job.label is None else images.of_class(job.label)
    if not weights:
        model = models.build(settings.network, images.train.shape, settings.seed)
        data, device = _training_data(job, images), training.choose_device("auto")
        records = training.run(
            model,
            data,
            settings.train,
            settings.loss,
            settings.seed,
            device,
            job.state,
            loss_settings=settings.loss_settings,
        )
        for record in records:
            yield Epoch(record.logged(), record.state())
        weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
    torch.set_flush_denormal(False)  # training switches it on; the stages evaluate in a process of their own
    trained = models.build(settings.network, images.train.shape)
    trained.load_state_dict(weights)
    if job.label is None:
        yield Evaluated(weights, _evaluate(trained.eval(), job, images))
    else:
        found = evaluation.one_class_metrics(trained.eval(), images.train, every.test, job.label)
        yield Evaluated(weights, found)


def _training_data(job: Job, images: SweepImages) -> TrainingData:
    """Return the training data of a job, identical to the data of the stages `preprocess-noise` and `train`."""
    settings, seed = job.settings, job.sweep.seed
    test = _corrupt_test(images, Corruption(settings.corruption, **settings.strengths), seed)
    inputs = test.corruption if settings.fresh_noise else TrainingInputs.of(images.train, test, seed).train
    return TrainingData(images.train.images, inputs, images.test.images, test)


def _corrupt_test(images: SweepImages, corruption: Corruption, seed: int) -> CorruptedImages:
    """Corrupt the test images with the same random numbers as the stage `preprocess-noise`."""
    stream = generator(seed, "inputs", "test", corruption.name)
    return CorruptedImages(corrupt(images.test.images, corruption, stream), corruption)


def _evaluate(model: Model, job: Job, images: SweepImages) -> Results:
    """Return the metrics of the stages `evaluate` and `latent-analysis` (except t-SNE), and additional metrics.

    The additional metrics are the PSNRs of noisy and of reconstructed images at each noise level of the sweep and, if
    `job.likelihood` is set, an estimate of −log p.
    """
    settings, sweep, train, test = job.settings, job.sweep, images.train, images.test
    inputs = {name: _corrupt_test(images, Corruption.of(name, sweep.strengths), sweep.seed) for name in TESTED}
    in_domain = _corrupt_test(images, Corruption(settings.corruption, **settings.strengths), sweep.seed)
    training_inputs = TrainingInputs.of(train, in_domain, sweep.seed)
    data = EvaluationData(train, test, inputs, images.classifier, images.outliers)
    found = evaluation.measure(model, data, training_inputs)
    context = latent.Context.of(model, test, images.classifier, sweep.seed)
    decoded, _ = latent.decode_means_and_samples(context, train.images)
    decoded |= latent.in_domain_frechet(context, training_inputs, decoded)
    row: dict[str, float | int | bool] = {**found.metrics, **decoded, "collapsed": found.collapsed}
    for sigma in sweep.sweep.noise:
        noisy = _corrupt_test(images, Corruption(NOISE, sigma=sigma), sweep.seed).images
        row[f"noisy_sigma_{sigma:g}_psnr"] = _psnr(noisy, test)
        row[f"restored_sigma_{sigma:g}_psnr"] = _psnr(reconstruct(model, noisy), test)
    if job.likelihood:
        assert isinstance(model, VariationalAutoencoder)  # validated with the settings
        row[LIKELIHOOD] = evaluation.negative_log_likelihood(model, test.images, job.likelihood, sweep.seed)
    return row


def _psnr(images: Tensor, test: Images) -> float:
    return metrics.psnr_from_mse(metrics.image_errors(images, test.images).mean().item())
