"""What a model's decoder makes of codes that no image has: class means, their mixtures, and random codes."""

import torch
from torch import Tensor

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.images import Images, to_uint8
from hourglass.latent import interpolation
from hourglass.latent.context import Fields, Subject, stored
from hourglass.latent.frechet import Realism
from hourglass.latent.samplers import draws
from hourglass.models import Model
from hourglass.randomness import derive
from hourglass.records import CodesDecoded

FITTED = 10_000  # how many training images' codes the distributions of random codes are fitted to
SHOWN = 10  # of the generated images of each way


def decoded(model: Model, train: Images, test: Images, classifier: Classifier, seed: int) -> CodesDecoded:
    """What codes decode to: of `analyse` the part that needs no map and no picture. Arguments as there."""
    subject = Subject.of(model, test, classifier, seed)
    return with_pictures(subject, Realism(classifier, test.images), train.images)[0]


def with_pictures(subject: Subject, realism: Realism, train: Tensor) -> tuple[CodesDecoded, Fields]:
    """The same, and the images that it is told from: fields of LatentImages.

    train: uint8 images (N, 28, 28), to the codes of the first of which the distributions are fitted.
    """
    means = mixed(subject)
    distances, drawn = generated(subject, realism, train[:FITTED])
    right = means["means_seen"] == torch.arange(len(subject.test.classes))
    return CodesDecoded(class_means_recognised=right.double().mean().item(), generation=distances), means | drawn


def mixed(subject: Subject) -> Fields:
    """Class means and their mixtures, and the class that the classifier sees in each mean."""
    means = interpolation.class_means(subject.codes, subject.test.labels, len(subject.test.classes))
    images = subject.decoded(interpolation.mixtures(means))
    return {"mixtures": stored(images), "means_seen": subject.classifier.predict(images.diagonal().movedim(-1, 0))}


def generated(subject: Subject, realism: Realism, train: Tensor) -> tuple[dict[str, float], Fields]:
    """Images of random codes: how far as many as there are test images lie from these, and the first of them.

    train: uint8 images (N, 28, 28) to whose codes the distributions are fitted; `training_images` is their own
    distance, the floor.
    """
    count = len(subject.test.images)
    distances: dict[str, float] = {}
    first: dict[str, Tensor] = {}
    drawn = draws(subject.model, models.encode(subject.model, train), count, derive(subject.seed, "generation"))
    for way, codes in drawn.items():
        images = models.decode(subject.model, codes)
        distances[way], first[way] = realism.distance(images), to_uint8(images[:SHOWN])
    distances["training_images"] = realism.distance(train[:count])
    return distances, {"generated": first, "generated_codes": {way: codes[:SHOWN] for way, codes in drawn.items()}}
