"""The codes of what a variant is trained on, where that is not the clean images."""

import torch
from torch import Tensor

from hourglass import models
from hourglass.corruptions import TrainingInputs
from hourglass.latent.context import Subject
from hourglass.latent.decoding import FITTED
from hourglass.latent.frechet import Realism
from hourglass.latent.mapping import mapped
from hourglass.latent.samplers import fitted
from hourglass.randomness import derive
from hourglass.records import OwnCodes


def own_codes(subject: Subject, realism: Realism, own: TrainingInputs, samples: int) -> tuple[Tensor, OwnCodes | None]:
    """Where the codes of the first `samples` own test images lie on a map of them, (M, 2), and what there is to say.

    Both are drawn from the seed as those of the clean images are. Empty and None where the own input is clean.
    """
    if own.clean:
        return torch.zeros(0, 2), None
    model, labels = subject.model, subject.test.labels[:samples]
    positions, organised = mapped(models.encode(model, own.test[:samples]), labels, subject.seed)
    codes = models.encode(model, own.train[:FITTED])
    drawn = fitted(model, codes, len(subject.test.images), derive(subject.seed, "generation"))
    distances = {way: realism.distance(models.decode(model, places)) for way, places in drawn.items()}
    return positions, OwnCodes(corruption=own.corruption.name, generation=distances, **organised)
