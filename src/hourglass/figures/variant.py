"""Every picture of one variant, drawn from what the stages before have left."""

from collections.abc import Iterator

from matplotlib.figure import Figure
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, CorruptedImages
from hourglass.figures import decoded, maps, samples
from hourglass.figures.confusion import confusion
from hourglass.figures.extremes import Extremes, best_and_worst
from hourglass.figures.generation import Drawn, generation
from hourglass.figures.terms import has_terms, loss_terms
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.records import (
    EvaluationImages,
    History,
    LatentAnalysis,
    LatentImages,
    Organised,
    OwnCodes,
    Snapshots,
)
from hourglass.settings.stage_configs import TrainConfig

SHORT, EVERY_OF_SHORT = 20, 2  # epochs: the sheets train for ten, and want pictures in between

Pictures = Iterator[tuple[str, Figure]]


def pictures(
    variant: str,
    settings: TrainConfig,
    every: int,
    test: Images,
    inputs: CorruptedImages,
    history: History,
    kept: Snapshots,
    evaluated: EvaluationImages,
    analysis: LatentAnalysis,
    latent: LatentImages,
) -> Pictures:
    """The pictures, one after the other, by the names of their files.

    every: epochs between two pictures of what training has come to, see `pictured`. inputs: the test images as the
    variant is given them, of which `kept` has the first ones.
    """
    given = None if inputs.corruption.name == "none" else inputs.images
    yield "best-and-worst", _extremes(variant, test, evaluated)
    yield from _codes(variant, settings, test, evaluated.errors, analysis, latent)
    yield "confusion", _confusion(variant, inputs.corruption.name, test, evaluated)
    yield (
        "through-training",
        decoded.through_training(
            test.images[0],
            None if given is None else given[0],
            kept.reconstructions[:, 0],
            decoded.Seen(evaluated.predictions[:, 0], int(test.labels[0]), test.classes),
            _title(variant, "one test image through training", test),
            closed_form=settings.train is None,
        ),
    )
    if has_terms(history):
        yield "loss-terms", loss_terms(history, _title(variant, "what the loss is made of", test))
    for epoch in pictured(len(kept.reconstructions), every):
        yield f"epoch-{epoch:03d}", _after_epoch(variant, epoch, test, given, kept.reconstructions[epoch - 1])


def pictured(epochs: int, every: int) -> list[int]:
    """Epochs, of 1 to `epochs`, after which there is a picture: every so many, and the last.

    Every second one where a short training would have a single picture.
    """
    if epochs <= min(SHORT, every):
        every = EVERY_OF_SHORT
    return [epoch for epoch in range(1, epochs + 1) if epoch % every == 0 or epoch == epochs]


def _title(variant: str, what: str, test: Images) -> str:
    return f"{variant}: {what}, {test.dataset}"


def _extremes(variant: str, test: Images, evaluated: EvaluationImages) -> Figure:
    """The ten test images with the smallest error and the ten with the largest."""
    found = {
        "the ten best": (evaluated.best, evaluated.best_images),
        "the ten worst": (evaluated.worst, evaluated.worst_images),
    }
    errors = evaluated.errors
    groups = {
        f"{name}: mean squared error {errors[chosen].mean():.4f} on average": Extremes(
            test.images[chosen],
            reconstructions,
            tuple(test.classes[label] for label in test.labels[chosen]),
            errors[chosen],
        )
        for name, (chosen, reconstructions) in found.items()
    }
    caption = (
        f"Under each reconstruction its mean squared error on [0, 1]; the mean over all {len(errors):,} test images "
        f"is {errors.mean():.4f}, the median {errors.median():.4f}."
    )
    return best_and_worst(groups, f"{variant}: what it does best and worst on {test.dataset}", caption)


def _confusion(variant: str, corruption: str, test: Images, evaluated: EvaluationImages) -> Figure:
    """What the classifier sees in what the variant makes of its own input."""
    given = "clean test images" if corruption == "none" else f"test images with {CORRUPTIONS[corruption].description}"
    title = (
        f"{_title(variant, 'classes taken for others', test)}\nin what it makes of {given}, its own input,\n"
        "by the verdict of the classifier, one classifier for all variants"
    )
    return confusion(evaluated.confusion, test.classes, title)


def _codes(
    variant: str, settings: TrainConfig, test: Images, errors: Tensor, analysis: LatentAnalysis, latent: LatentImages
) -> Pictures:
    """What the codes are like. errors: mean squared errors (N,) of all test images."""
    yield from _maps(variant, test, analysis, latent)
    title = _title(variant, "class means and their mixtures", test)
    yield "mixtures", decoded.mixtures(latent.mixtures, latent.means_seen, test.classes, title)
    kind = settings.network.code if isinstance(settings.network, NetworkSpec) else "none"
    yield "generation", _generation(variant, kind, test, analysis, latent)
    yield "interpolation", _interpolation(variant, test, latent)
    count = len(latent.pairs)
    title = _title(variant, "images, reconstructed", test)
    yield "pairs", decoded.pairs(test.images[:count], latent.pairs, errors[:count], title)
    yield "traversal", _traversal(variant, kind, test, analysis.latent_dim, latent)


def _maps(variant: str, test: Images, analysis: LatentAnalysis, latent: LatentImages) -> Pictures:
    """The map of the first test codes, that of the own input's where it is not clean, and the decoded plane if any."""

    def drawn(positions: Tensor, found: Organised, of: str) -> Figure:
        what, axes = ("the codes", maps.CODE) if analysis.latent_dim == 2 else ("t-SNE of the codes", maps.TSNE)
        title = _title(variant, f"{what} of {of}", test)
        labels = test.labels[: len(positions)].numpy()
        caption = maps.statement(found, of, len(positions), analysis.latent_dim, test.classes)
        return maps.class_map(positions.numpy(), labels, test.classes, title, caption, axes)

    yield "map", drawn(latent.positions, analysis, "clean test images")
    if analysis.own is not None:
        yield "map-own", drawn(latent.own_positions, analysis.own, f"test images under {_corruption(analysis.own)}")
    if plane := latent.plane_of_codes:
        low, high = plane["low"].tolist(), plane["high"].tolist()
        title = _title(variant, "the plane of codes", test)
        points = latent.positions.numpy(), test.labels[: len(latent.positions)].numpy()
        yield "plane", maps.plane(plane["images"], low, high, points, test.classes, title)


def _corruption(own: OwnCodes) -> str:
    return CORRUPTIONS[own.corruption].description


def _generation(variant: str, kind: str, test: Images, analysis: LatentAnalysis, latent: LatentImages) -> Figure:
    """Images from random codes; of those that are drawn like the codes of the own input the distances alone."""
    distances = analysis.decoded.generation
    drawn = {
        way: Drawn(latent.generated_codes[way], latent.generated[way], distance)
        for way, distance in distances.items()
        if way in latent.generated
    }
    of_own = ""
    if analysis.own is not None:
        told = ", ".join(f"{way} {distance:.1f}" for way, distance in analysis.own.generation.items())
        of_own = f" Fitted to the codes of training images under {_corruption(analysis.own)} instead: {told}."
    title = _title(variant, "images from random codes", test)
    return generation(drawn, distances["training_images"], title, kind, of_own)


def _interpolation(variant: str, test: Images, latent: LatentImages) -> Figure:
    title = _title(variant, "from one test image to another", test)
    images, labels = test.images[latent.ends], test.labels[latent.ends]
    return decoded.interpolation(images, latent.lines, labels, latent.lines_seen, test.classes, title)


def _traversal(variant: str, kind: str, test: Images, size: int, latent: LatentImages) -> Figure:
    """What each of the `size` numbers of a kind of code does, or of those that were swept."""
    title = _title(variant, "what each code number does", test)
    ranges = latent.swept_low.tolist(), latent.swept_high.tolist()
    units, live = latent.swept_units.tolist(), latent.swept_live.tolist()
    return decoded.traversal(latent.swept, units, ranges, live, size, title, kind)


def _after_epoch(variant: str, epoch: int, test: Images, given: Tensor | None, reconstructions: Tensor) -> Figure:
    """The first test image of every class, and what the variant made of it.

    given: all of them as the variant was given them, where these are not the images themselves. reconstructions:
    uint8 (N, 28, 28), of the first ones; a class that is not among these is left out.
    """
    first = test.first_of_each_class()
    first = first[first < len(reconstructions)]
    original, reconstruction = test.images[first], reconstructions[first]
    if given is None:
        shown = {"test image": original, "reconstruction": reconstruction}
    else:
        shown = {"noisy input": given[first], "reconstruction": reconstruction, "original": original}
    count = "ten" if len(first) == 10 else len(first)
    names = tuple(test.classes[label] for label in test.labels[first])
    return samples.rows(shown, f"{variant}: {count} test samples after epoch {epoch}", names)
