"""Look into one trained variant's codes: `python -m stages.latent_analysis linear`."""

from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import judge, latent, models, training
from hourglass.data import Images, Inputs, Kept, as_stored
from hourglass.figures import decoded, maps, style
from hourglass.figures.generation import Drawn, generation
from hourglass.files import write_json
from hourglass.settings.params import Variant, load
from hourglass.randomness import derive, generator
from stages import run
from stages.paths import DECODED, IMAGES, INPUTS, JUDGE, KEPT, METRICS, MODELS, PLOTS
from stages.trainings import add_results

FITTED = 10_000  # how many training images' codes the distributions of random codes are fitted to
STEPS = 9  # along a line between two codes, and along the sweep of a code number
SWEPT = 16  # code numbers that are swept, at most
LATTICE = 20  # the decoded plane's images in either direction
SHOWN = 10  # of the generated images, in the comparison
EXPLORED = 15  # images in either direction of the planes that the comparison lets one move in
CORNERS = (0, 1, 7, 8)  # classes whose first test images lie at the corners of one of these planes


@dataclass(frozen=True)
class Subject:
    """What is looked into: a model, the codes (N, K) it gives clean test images, and the judge of what it decodes."""

    variant: str
    model: models.Model
    test: Images
    codes: Tensor
    judge: judge.Judge
    seed: int

    def title(self, what: str) -> str:
        return f"{self.variant}: {what}, {self.test.dataset}"


def main(variant: str) -> None:
    params = load()
    model, test = models.load(MODELS / f"{variant}.safetensors"), Images.load(IMAGES / "test.safetensors")
    train = Images.load(IMAGES / "train.safetensors").images[:FITTED]
    subject = Subject(variant, model, test, models.encode(model, test.images), judge.load(JUDGE), params.seed)
    folder = PLOTS / "latent-analysis" / variant
    positions, organisation, figures = mapped(subject, params.latent_analysis.samples)
    latent.write_map(folder / "map.csv", positions.numpy(), test.labels[: len(positions)].numpy(), test.classes)
    recognised, mixtures, figures["mixtures"] = mixed(subject)
    distances, drawn, figures["generation"] = generated(subject, train)
    ends, lines, figures["interpolation"] = interpolated(subject)
    kept = latent.Decoded(ends, stored(lines), stored(mixtures), drawn, planes(subject))
    kept.save(DECODED / f"{variant}.safetensors")
    figures["pairs"] = paired(subject)
    figures["traversal"] = swept(subject)
    figures["through-training"] = through_training(subject, params.variant(variant))
    found = {**organisation, "class_means_recognised": recognised, "generation": distances}
    pictures = [folder / f"{name}.png" for name in figures]
    for figure, picture in zip(figures.values(), pictures, strict=True):
        style.save(figure, picture)
    write_json(METRICS / "latent-analysis" / f"{variant}.json", found)
    add_results(params, variant, model, "latent-analysis", found, pictures)


def mapped(subject: Subject, samples: int) -> tuple[Tensor, dict[str, float], dict[str, Figure]]:
    """The map of the first test codes, how well it is organised, and the decoded plane where it is one."""
    codes, labels = subject.codes[:samples].numpy(), subject.test.labels[:samples].numpy()
    classes, size = subject.test.classes, codes.shape[1]
    positions = latent.layout(codes, derive(subject.seed, "t-SNE"))
    found = {"samples": len(codes), **latent.organisation(codes, positions, labels)}
    caption = maps.statement(found, size, latent.least_told(positions, labels), classes)
    kind, axes = ("the codes", maps.CODE) if size == 2 else ("t-SNE of the codes", maps.TSNE)
    title = subject.title(f"{kind} of test images")
    figures = {"map": maps.class_map(positions, labels, classes, title, caption, axes)}
    if size == 2:
        grid, low, high = latent.plane(subject.codes, LATTICE)
        images = models.decode(subject.model, grid.flatten(0, 1)).unflatten(0, grid.shape[:2])
        title = subject.title("the plane of codes")
        figures["plane"] = maps.plane(images, low.tolist(), high.tolist(), (codes, labels), classes, title)
    return torch.from_numpy(positions), found, figures


def mixed(subject: Subject) -> tuple[float, Tensor, Figure]:
    """Class means and their mixtures, and the share of the means in which the judge sees their class."""
    classes = subject.test.classes
    means = latent.class_means(subject.codes, subject.test.labels, len(classes))
    images = decode(subject, latent.mixtures(means))
    own = images.diagonal().movedim(-1, 0)
    seen = subject.judge.classes(own)
    figure = decoded.mixtures(images, seen, classes, subject.title("class means and their mixtures"))
    return subject.judge.kept(own, torch.arange(len(classes))), images, figure


def generated(subject: Subject, train: Tensor) -> tuple[dict[str, float], dict[str, Tensor], Figure]:
    """Images from random codes: their Fréchet distances from the test images, the first of them, their figure."""
    realism = latent.Realism(subject.judge, subject.test.images)
    count = len(subject.test.images)
    ways = {}
    fitted = models.encode(subject.model, train)
    for way, codes in latent.draws(subject.model, fitted, count, derive(subject.seed, "generation")).items():
        images = models.decode(subject.model, codes)
        ways[way] = Drawn(codes, images, realism.distance(images))
    floor = realism.distance(train[:count])
    figure = generation(ways, floor, subject.title("images from random codes"))
    distances = {**{way: drawn.distance for way, drawn in ways.items()}, "training_images": floor}
    return distances, {way: as_stored(drawn.images[:SHOWN]) for way, drawn in ways.items()}, figure


def paired(subject: Subject) -> Figure:
    """A hundred test images beside their reconstructions."""
    images = subject.test.images[:100]
    return decoded.pairs(images, models.reconstruct(subject.model, images), subject.title("images, reconstructed"))


def interpolated(subject: Subject) -> tuple[Tensor, Tensor, Figure]:
    """Lines between the codes of pairs of test images, three within a class and four between classes.

    Indices (P, 2) of the images, decoded lines (P, S, 1, 28, 28), and their figure.
    """
    labels = subject.test.labels
    ends = torch.tensor(latent.pairs(labels, 3, 4, generator(subject.seed, "interpolation")))
    start, end = subject.codes[ends].unbind(dim=1)
    images = decode(subject, latent.lines(start, end, STEPS))
    seen = subject.judge.classes(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    title = subject.title("from one test image to another")
    pictures, classes = subject.test.images[ends], subject.test.classes
    return ends, images, decoded.interpolation(pictures, images, labels[ends], seen, classes, title)


def planes(subject: Subject) -> dict[str, Tensor]:
    """Two planes of codes, decoded: of the directions in which the codes vary most, and between four test images."""
    corners = subject.codes[subject.test.first_of_each_class()[list(CORNERS)]]
    lattices = {
        "principal": latent.principal_plane(subject.codes, EXPLORED),
        "images": latent.patch(corners, EXPLORED),
    }
    return {name: stored(decode(subject, codes)) for name, codes in lattices.items()}


def swept(subject: Subject) -> Figure:
    """What each code number does to the image."""
    sweep = latent.traversal(subject.model, subject.codes, STEPS, SWEPT)
    ranges = (sweep.low.tolist(), sweep.high.tolist())
    images, size = decode(subject, sweep.codes), subject.codes.shape[1]
    return decoded.traversal(images, sweep.units, ranges, sweep.live, size, subject.title("what each code number does"))


def through_training(subject: Subject, spec: Variant) -> Figure:
    """The first test image, as the model reconstructed it epoch after epoch."""
    original = subject.test.images[0]
    inputs = Inputs.load(INPUTS / spec.corruption / "test.safetensors").images
    given = None if spec.corruption == "none" else inputs[0]
    kept = Kept.load(KEPT / f"{subject.variant}.safetensors").reconstructions[:, 0]
    title = subject.title("one test image through training")
    return decoded.through_training(original, given, kept, title, closed_form=spec.train is None)


def decode(subject: Subject, codes: Tensor) -> Tensor:
    """Images (R, C, 1, 28, 28) of rows of codes (R, C, K)."""
    return models.decode(subject.model, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])


def stored(images: Tensor) -> Tensor:
    """Float images (R, C, 1, 28, 28) as uint8 (R, C, 28, 28)."""
    return as_stored(images.flatten(0, 1)).unflatten(0, images.shape[:2])


if __name__ == "__main__":
    run(main, "variant")
