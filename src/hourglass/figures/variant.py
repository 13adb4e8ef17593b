"""All figures of one variant, drawn from its results and test images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure
from torch import Tensor

from hourglass import datasets
from hourglass.corruptions import CORRUPTIONS, TESTED, CorruptedImages
from hourglass.figures import curves, decoded, embeddings, grids
from hourglass.figures.generation import generation
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.records import Embedding, EvaluationImages, History, LatentAnalysis, LatentImages, Snapshots
from hourglass.settings.stage_configs import TrainConfig

COMBINED, EXAMPLES = "gaussian_occlusion", 6  # its parts are drawn apart, with so many images
SHORT_RUN, EVERY_OF_SHORT_RUN = 20, 2  # epochs: short runs get a figure every second epoch

Figures = Iterator[tuple[str, Figure]]


@dataclass(frozen=True)
class VariantData:
    """Results and test images from which the figures of one variant are drawn.

    `test` holds the clean test images, and `inputs` the same images under the training corruption. `corrupted` holds
    the test images under each tested corruption, uint8 (N, C, H, W), keyed by corruption.
    """

    name: str
    config: TrainConfig
    test: Images
    inputs: CorruptedImages
    history: History
    snapshots: Snapshots
    images: EvaluationImages
    latent: LatentAnalysis
    latent_images: LatentImages
    corrupted: Mapping[str, Tensor]

    @property
    def clean(self) -> bool:
        """Whether the variant is trained on clean images."""
        return self.inputs.corruption.name == "none"

    @property
    def code(self) -> str:
        """Kind of latent code, a key of `CODE_KINDS`, such as `softmax`. PCA has `none`, as its codes are linear."""
        network = self.config.network
        return network.code if isinstance(network, NetworkSpec) else "none"

    def title(self, what: str) -> str:
        """Return a figure title made of the variant name, the subject `what` and the data set."""
        return f"{self.name}: {what}, {datasets.title(self.test.dataset)}"


def pictures(data: VariantData, every: int) -> Figures:
    """Yield pairs (file stem, figure). The figure `by-epoch` shows reconstructions `every` epochs apart."""
    test, classes, latent, evaluated = data.test, data.test.classes, data.latent_images, data.images
    title = data.title("smallest and largest reconstruction errors")
    yield "best-and-worst", decoded.extremes(test, evaluated, title)
    yield from _embeddings(data)
    if test.labelled:
        yield "mixtures", decoded.mixtures(latent, classes, data.title("class means and their mixtures"))
    yield "generation", generation(latent, data.latent, data.title("images from random codes"), data.code)
    yield "interpolation", decoded.interpolation(test, latent, data.title("interpolations"))
    count = len(latent.reconstructions)
    title = data.title("reconstructions of test images")
    yield "pairs", decoded.pairs(test.images[:count], latent.reconstructions, evaluated.errors[:count], title)
    title = data.title("traversals of the latent dimensions")
    yield "traversal", decoded.traversal(latent, data.latent.latent_dim, title, data.code)
    if test.labelled:
        images = "clean images" if data.clean else CORRUPTIONS[data.inputs.corruption.name].description
        title = data.title(f"predicted classes of reconstructions ({images})")
        yield "confusion", decoded.confusion(evaluated.confusion, classes, title)
    yield "through-training", _through_training(data)
    if data.inputs.corruption.name == COMBINED:
        yield "corruptions", _corruptions(data)
    if curves.has_terms(data.history):
        yield "loss-terms", curves.loss_terms(data.history, data.title("terms of the loss"))
    yield "by-epoch", _by_epoch(data, every)


def pictured_epochs(epochs: int, every: int) -> list[int]:
    """Return the epochs whose reconstructions are drawn: multiples of `every`, and the last epoch.

    For runs of at most min(20, `every`) epochs, multiples of 2 are used instead.
    """
    if epochs <= min(SHORT_RUN, every):
        every = EVERY_OF_SHORT_RUN
    return [epoch for epoch in range(1, epochs + 1) if epoch % every == 0 or epoch == epochs]


def _embeddings(data: VariantData) -> Figures:
    latent, test, dim = data.latent_images, data.test, data.latent.latent_dim
    labels, codes = test.labels[: len(latent.embedding)], "codes" if dim == 2 else "t-SNE of the codes"

    def draw(points: Tensor, quality: Embedding, images: str) -> Figure:
        title = data.title(f"{codes} of {images}")
        return embeddings.embedding(points, labels, test.classes, quality, dim, images, title)

    yield "embedding", draw(latent.embedding, data.latent.embedding, "clean test images")
    if (in_domain := data.latent.in_domain) is not None:
        images = f"test images with {CORRUPTIONS[in_domain.corruption].description}"
        yield "embedding-in-domain", draw(latent.in_domain_embedding, in_domain.embedding, images)
    if plane := latent.latent_plane:
        title = data.title("the latent plane")
        yield "plane", embeddings.latent_plane(plane, latent.embedding, labels, test.classes, title)


def _through_training(data: VariantData) -> Figure:
    """Draw the reconstruction of the first test image after several epochs of training."""
    return decoded.through_training(
        data.inputs.images[: 0 if data.clean else 1],
        data.snapshots.reconstructions[:, 0],
        data.test.images[0],
        data.images.predictions[:, 0],
        int(data.test.labels[0]),
        data.test.classes,
        data.title("one test image during training"),
    )


def _corruptions(data: VariantData) -> Figure:
    """Draw up to six test images, one per class, under every tested corruption, with their reconstructions."""
    evaluated, classes = data.images, len(data.test.classes)
    shown = slice(None, None, len(evaluated.examples) // classes if data.test.labelled else 1)
    examples = evaluated.examples[shown][:EXAMPLES]
    images = {"original": data.test.images[examples]}
    for level, (name, kind) in enumerate(TESTED.items()):
        if name != "none":
            images[kind.description] = data.corrupted[name][examples]
            images[f"{kind.description}, reconstructed"] = evaluated.reconstructions[level, shown][:EXAMPLES]
    text = f"Trained with {grids.describe(data.inputs.corruption)}."
    title = data.title("the corruptions apart and together")
    return grids.rows(images, title, data.test.names(examples), text, "PSNR")


def _by_epoch(data: VariantData, every: int) -> Figure:
    """Draw the first test image of each class and its reconstructions at intervals of `every` epochs.

    Images without stored reconstructions are omitted.
    """
    first = data.test.first_of_each_class()
    first = first[first < data.snapshots.reconstructions.shape[1]]
    images, text = {"test image": data.test.images[first]}, ""
    if not data.clean:
        images["input"] = data.inputs.images[first]
        text = f"Input: {grids.describe(data.inputs.corruption)}."
    for epoch in pictured_epochs(len(data.snapshots.reconstructions), every):
        images[f"epoch {epoch}"] = data.snapshots.reconstructions[epoch - 1, first]
    title = data.title("reconstructions during training")
    return grids.rows(images, title, data.test.names(first), text, "MSE")
