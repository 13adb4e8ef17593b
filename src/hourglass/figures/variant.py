"""All figures of one variant."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, CorruptedImages
from hourglass.figures import curves, decoded, embeddings, grids
from hourglass.figures.generation import Samples, generation
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.records import Embedding, EvaluationImages, History, LatentAnalysis, LatentImages, Snapshots
from hourglass.samplers import SAMPLERS
from hourglass.settings.stage_configs import TrainConfig

SHORT_RUN, EVERY_OF_SHORT_RUN = 20, 2  # epochs: short runs get a figure every second epoch

Figures = Iterator[tuple[str, Figure]]


@dataclass(frozen=True)
class VariantData:
    """Records of one variant, and the test images with and without its training corruption."""

    name: str
    config: TrainConfig
    test: Images
    inputs: CorruptedImages
    history: History
    snapshots: Snapshots
    images: EvaluationImages
    latent: LatentAnalysis
    latent_images: LatentImages

    @property
    def corrupted(self) -> Tensor | None:
        """Test images under the training corruption; None if that is `none`."""
        return None if self.inputs.corruption.name == "none" else self.inputs.images

    @property
    def code(self) -> str:
        """Kind of code."""
        network = self.config.network
        return network.code if isinstance(network, NetworkSpec) else "none"

    def title(self, what: str) -> str:
        """Return the title of a figure."""
        return f"{self.name}: {what}, {self.test.dataset}"


def pictures(data: VariantData, every: int) -> Figures:
    """Draw the figures one after another, by file name; one of example images every `every` epochs."""
    test, latent, evaluated = data.test, data.latent_images, data.images
    extreme = [evaluated.best, evaluated.worst]
    yield (
        "best-and-worst",
        decoded.extremes(
            torch.stack([test.images[chosen] for chosen in extreme]),
            torch.stack([evaluated.best_images, evaluated.worst_images]),
            [test.classes[label] for chosen in extreme for label in test.labels[chosen]],
            evaluated.errors,
            data.title("smallest and largest reconstruction errors"),
        ),
    )
    yield from _embeddings(data)
    yield (
        "mixtures",
        decoded.mixtures(
            latent.mixtures, latent.mean_predictions, test.classes, data.title("class means and their mixtures")
        ),
    )
    yield "generation", _generation(data)
    ends, labels = test.images[latent.ends], test.labels[latent.ends]
    yield "interpolation", decoded.interpolation(ends, latent, labels, test.classes, data.title("interpolations"))
    count = len(latent.reconstructions)
    errors = evaluated.errors[:count]
    title = data.title("reconstructions of test images")
    yield "pairs", decoded.pairs(test.images[:count], latent.reconstructions, errors, title)
    title = data.title("traversals of the latent dimensions")
    yield "traversal", decoded.traversal(latent, data.latent.latent_dim, title, data.code)
    images = CORRUPTIONS[data.inputs.corruption.name].description if data.corrupted is not None else "clean images"
    title = data.title(f"predicted classes of reconstructions ({images})")
    yield "confusion", decoded.confusion(evaluated.confusion, test.classes, title)
    yield "through-training", _through_training(data)
    if curves.has_terms(data.history):
        yield "loss-terms", curves.loss_terms(data.history, data.title("terms of the loss"))
    for epoch in pictured_epochs(len(data.snapshots.reconstructions), every):
        yield f"epoch-{epoch:03d}", _after_epoch(data, epoch)


def pictured_epochs(epochs: int, every: int) -> list[int]:
    """Return the epochs with a figure: every so many and the last; every second one of a short run."""
    if epochs <= min(SHORT_RUN, every):
        every = EVERY_OF_SHORT_RUN
    return [epoch for epoch in range(1, epochs + 1) if epoch % every == 0 or epoch == epochs]


def _embeddings(data: VariantData) -> Figures:
    def draw(points: Tensor, quality: Embedding, images: str) -> Figure:
        dim = data.latent.latent_dim
        text = embeddings.describe(quality, images, len(points), dim, data.test.classes)
        title = data.title(f"{'codes' if dim == 2 else 't-SNE of the codes'} of {images}")
        labels = data.test.labels[: len(points)]
        return embeddings.embedding(points, labels, data.test.classes, title, text, embeddings.axis_names(dim))

    latent = data.latent_images
    yield "embedding", draw(latent.embedding, data.latent.embedding, "clean test images")
    if (in_domain := data.latent.in_domain) is not None:
        images = f"test images with {CORRUPTIONS[in_domain.corruption].description}"
        yield "embedding-in-domain", draw(latent.in_domain_embedding, in_domain.embedding, images)
    if plane := latent.latent_plane:
        limits = plane["low"].tolist(), plane["high"].tolist()
        labels = data.test.labels[: len(latent.embedding)]
        title = data.title("the latent plane")
        yield (
            "plane",
            embeddings.latent_plane(plane["images"], limits, latent.embedding, labels, data.test.classes, title),
        )


def _generation(data: VariantData) -> Figure:
    latent = data.latent_images
    samples = {
        name: Samples(latent.generated_codes[name], latent.generated[name], data.latent.metrics[f"frechet_{name}"])
        for name in SAMPLERS  # a loaded record is in alphabetical order
        if name in latent.generated
    }
    note = ""
    if (in_domain := data.latent.in_domain) is not None:
        values = ", ".join(f"{key.removeprefix('frechet_')} {value:.1f}" for key, value in in_domain.metrics.items())
        note = f" Fitted to codes of images with {CORRUPTIONS[in_domain.corruption].description}: {values}."
    title = data.title("images from random codes")
    return generation(samples, data.latent.frechet_training_images, title, data.code, note)


def _through_training(data: VariantData) -> Figure:
    return decoded.through_training(
        data.test.images[0],
        None if data.corrupted is None else data.corrupted[0],
        data.snapshots.reconstructions[:, 0],
        data.images.predictions[:, 0],
        int(data.test.labels[0]),
        data.test.classes,
        data.title("one test image during training"),
    )


def _after_epoch(data: VariantData, epoch: int) -> Figure:
    """Draw the first test image of every class (as far as there are snapshots) and its reconstruction."""
    reconstructions = data.snapshots.reconstructions[epoch - 1]
    first = data.test.first_of_each_class()
    first = first[first < len(reconstructions)]
    images = {"test image": data.test.images[first], "reconstruction": reconstructions[first]}
    if data.corrupted is not None:
        original = images.pop("test image")
        images = {"input": data.corrupted[first], **images, "original": original}
    errors = ((reconstructions[first].float() - data.test.images[first].float()) / 255).square().mean()
    corruption = CORRUPTIONS[data.inputs.corruption.name].description
    text = f"Input: {corruption}. " if data.corrupted is not None else ""
    text += f"MSE of these images {errors:.4f}."
    names = [data.test.classes[label] for label in data.test.labels[first]]
    return grids.rows(images, data.title(f"test images after epoch {epoch}"), names, text)
