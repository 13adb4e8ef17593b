"""All that is asked of one variant's codes."""

from typing import Any

import torch
from torch import Tensor

from hourglass import models
from hourglass.data import Images, as_stored
from hourglass.judge import Judge
from hourglass.latent import between, sweeps
from hourglass.latent.embedding import layout, least_told, organisation
from hourglass.latent.generation import draws
from hourglass.latent.realism import Realism
from hourglass.latent.subject import Subject, stored
from hourglass.models import Model
from hourglass.randomness import derive, generator
from hourglass.records import LatentAnalysis, LatentImages

FITTED = 10_000  # how many training images' codes the distributions of random codes are fitted to
STEPS = 9  # along a line between two codes, and along the sweep of a code number
WITHIN, ACROSS = 3, 4  # lines within a class, and between two
SWEPT = 16  # code numbers that are swept, at most
LATTICE = 20  # the decoded plane's images in either direction
SHOWN = 10  # of the generated images of each way
PAIRS = 100  # test images that are kept as reconstructed
EXPLORED = 15  # images in either direction of the planes that the comparison lets one move in
CORNERS = (0, 1, 7, 8)  # classes whose first test images lie at the corners of one of these planes

Fields = dict[str, Any]
"""Fields of LatentImages, by name."""


def analyse(
    model: Model, train: Images, test: Images, judge: Judge, samples: int, seed: int
) -> tuple[LatentAnalysis, LatentImages]:
    """Look into a model's codes of clean images: how they lie, what lies between them, what random ones decode to.

    train: to whose codes the distributions of random codes are fitted. samples: how many of the first test codes are
    laid out on the map. Everything drawn follows from the seed.
    """
    subject = Subject(model, test, models.encode(model, test.images), judge, seed)
    positions, organised = mapped(subject, samples)
    means = mixed(subject)
    distances, drawn = generated(subject, train.images[:FITTED])
    found = LatentAnalysis(
        samples=len(positions),
        code_size=subject.size,
        class_means_recognised=(means["means_seen"] == torch.arange(len(test.classes))).double().mean().item(),
        generation=distances,
        **organised,
    )
    images = LatentImages(
        positions=positions,
        planes=planes(subject),
        plane_of_codes=plane_of_codes(subject),
        pairs=as_stored(models.reconstruct(model, test.images[:PAIRS])),
        **(interpolated(subject) | means | drawn | swept(subject)),
    )
    return found, images


def mapped(subject: Subject, samples: int) -> tuple[Tensor, dict[str, Any]]:
    """Where the first test codes lie on the map, (M, 2), and how well it is organised: fields of LatentAnalysis."""
    codes, labels = subject.codes[:samples].numpy(), subject.test.labels[:samples].numpy()
    positions = layout(codes, derive(subject.seed, "t-SNE"))
    organised = organisation(codes, positions, labels)
    return torch.from_numpy(positions), {**organised, "least_told": least_told(positions, labels)}


def mixed(subject: Subject) -> Fields:
    """Class means and their mixtures, and the class that the judge sees in each mean."""
    means = between.class_means(subject.codes, subject.test.labels, len(subject.test.classes))
    images = subject.decoded(between.mixtures(means))
    return {"mixtures": stored(images), "means_seen": subject.judge.classes(images.diagonal().movedim(-1, 0))}


def generated(subject: Subject, train: Tensor) -> tuple[dict[str, float], Fields]:
    """Images of random codes: how far as many as there are test images lie from these, and the first of them.

    train: uint8 images (N, 28, 28) to whose codes the distributions are fitted; `training_images` is their own
    distance, the floor.
    """
    realism = Realism(subject.judge, subject.test.images)
    count = len(subject.test.images)
    distances: dict[str, float] = {}
    first: dict[str, Tensor] = {}
    drawn = draws(subject.model, models.encode(subject.model, train), count, derive(subject.seed, "generation"))
    for way, codes in drawn.items():
        images = models.decode(subject.model, codes)
        distances[way], first[way] = realism.distance(images), as_stored(images[:SHOWN])
    distances["training_images"] = realism.distance(train[:count])
    return distances, {"generated": first, "generated_codes": {way: codes[:SHOWN] for way, codes in drawn.items()}}


def interpolated(subject: Subject) -> Fields:
    """Lines between the codes of pairs of test images, and the class that the judge sees in each decoded image."""
    pairs = between.pairs(subject.test.labels, WITHIN, ACROSS, generator(subject.seed, "interpolation"))
    ends = torch.tensor(pairs)
    start, end = subject.codes[ends].unbind(dim=1)
    images = subject.decoded(between.lines(start, end, STEPS))
    seen = subject.judge.classes(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    return {"ends": ends, "lines": stored(images), "lines_seen": seen}


def planes(subject: Subject) -> dict[str, Tensor]:
    """Two planes of codes, decoded: of the directions in which the codes vary most, and between four test images."""
    corners = subject.codes[subject.test.first_of_each_class()[list(CORNERS)]]
    return {
        "principal": subject.stored(sweeps.principal_plane(subject.model, subject.codes, EXPLORED)),
        "images": subject.stored(sweeps.patch(corners, EXPLORED)),
    }


def plane_of_codes(subject: Subject) -> dict[str, Tensor]:
    """The plane itself, where a code is a place in it, and any place in it a code."""
    if subject.size != 2 or subject.model.spec.free_numbers != 2:
        return {}
    lattice, low, high = sweeps.plane(subject.model, subject.codes, LATTICE)
    return {"images": subject.stored(lattice), "low": low, "high": high}


def swept(subject: Subject) -> Fields:
    """What each code number does to the image."""
    sweep = sweeps.traversal(subject.model, subject.codes, STEPS, SWEPT)
    return {
        "swept": subject.stored(sweep.codes),
        "swept_units": torch.tensor(sweep.units),
        "swept_low": sweep.low,
        "swept_high": sweep.high,
        "swept_live": torch.tensor(sweep.live),
    }
