"""All that is asked of one variant's codes."""

import torch
from torch import Tensor

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.constants import CORNERS
from hourglass.corruptions import TrainingInputs
from hourglass.images import Images, to_uint8
from hourglass.latent import interpolation, traversals
from hourglass.latent.context import Fields, Subject, stored
from hourglass.latent.decoding import with_pictures
from hourglass.latent.frechet import Realism
from hourglass.latent.in_domain import own_codes
from hourglass.latent.mapping import mapped
from hourglass.models import Model
from hourglass.randomness import generator
from hourglass.records import LatentAnalysis, LatentImages

STEPS = 9  # along a line between two codes, and along the sweep of a code number
WITHIN, ACROSS = 3, 4  # lines within a class, and between two
SWEPT = 16  # code numbers that are swept, at most
LATTICE = 20  # the decoded plane's images in either direction
PAIRS = 100  # test images that are kept as reconstructed
CODES = 1000  # test images whose codes are kept
EXPLORED = 15  # images in either direction of the planes that the comparison lets one move in


def analyse(
    model: Model, train: Images, test: Images, own: TrainingInputs, classifier: Classifier, samples: int, seed: int
) -> tuple[LatentAnalysis, LatentImages]:
    """Look into a model's codes of clean images: how they lie, what lies between them, what random ones decode to.

    train: to whose codes the distributions of random codes are fitted. own: what the model is trained on; where that
    is not clean, its codes are laid out and drawn like as well. samples: how many of the first test codes are laid out
    on a map. Everything drawn follows from the seed.
    """
    subject, realism = Subject.of(model, test, classifier, seed), Realism(classifier, test.images)
    positions, organised = mapped(subject.codes[:samples], test.labels[:samples], seed)
    decoded, pictures = with_pictures(subject, realism, train.images)
    own_positions, of_own = own_codes(subject, realism, own, samples)
    found = LatentAnalysis(samples=len(positions), latent_dim=subject.size, decoded=decoded, own=of_own, **organised)
    images = LatentImages(
        positions=positions,
        own_positions=own_positions,
        codes=subject.codes[:CODES],
        planes=planes(subject),
        plane_of_codes=plane_of_codes(subject),
        pairs=to_uint8(models.reconstruct(model, test.images[:PAIRS])),
        **(interpolated(subject) | pictures | swept(subject)),
    )
    return found, images


def interpolated(subject: Subject) -> Fields:
    """Lines between the codes of pairs of test images, and the class that the classifier sees in each decoded image."""
    pairs = interpolation.pairs(subject.test.labels, WITHIN, ACROSS, generator(subject.seed, "interpolation"))
    ends = torch.tensor(pairs)
    start, end = subject.codes[ends].unbind(dim=1)
    images = subject.decoded(interpolation.lines(start, end, STEPS))
    seen = subject.classifier.predict(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    return {"ends": ends, "lines": stored(images), "lines_seen": seen}


def planes(subject: Subject) -> dict[str, Tensor]:
    """Two planes of codes, decoded: of the directions in which the codes vary most, and between four test images."""
    corners = subject.codes[subject.test.first_of_each_class()[list(CORNERS)]]
    return {
        "principal": subject.stored(traversals.principal_plane(subject.model, subject.codes, EXPLORED)),
        "images": subject.stored(traversals.patch(corners, EXPLORED)),
    }


def plane_of_codes(subject: Subject) -> dict[str, Tensor]:
    """The plane itself, where a code is a place in it, and any place in it a code."""
    if subject.size != 2 or subject.model.spec.free_dims != 2:
        return {}
    lattice, low, high = traversals.plane(subject.model, subject.codes, LATTICE)
    return {"images": subject.stored(lattice), "low": low, "high": high}


def swept(subject: Subject) -> Fields:
    """What each code number does to the image."""
    sweep = traversals.traversal(subject.model, subject.codes, STEPS, SWEPT)
    return {
        "swept": subject.stored(sweep.codes),
        "swept_units": torch.tensor(sweep.units),
        "swept_low": sweep.low,
        "swept_high": sweep.high,
        "swept_live": torch.tensor(sweep.live),
    }
