"""What the five sheets ask, question by question: figures and verdicts of the run, where its pictures are, and why.

The reasons are words; whether something came as expected is not, it follows from the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from hourglass.comparison.evidence import Evidence, text
from hourglass.comparison.findings import (
    Course,
    against_linear_maps,
    code_size,
    convolutional,
    denoising,
    generation,
    organisation,
    settling,
    similarity,
    wrong_class,
)
from hourglass.comparison.pairs import Pair
from hourglass.comparison.similarity import Alike
from hourglass.comparison.verdicts import Versus, joined, metric
from hourglass.data import TESTED
from hourglass.records import Baselines, LatentImages


@dataclass(frozen=True)
class Told:
    """All that answers are made of. lines: by variant, what the judge sees on lines between codes."""

    evidence: Evidence
    baselines: Baselines
    courses: Mapping[str, Course]
    pairs: Sequence[Pair]
    alike: Sequence[Alike]
    lines: Mapping[str, "Lines"]
    descent: Sequence[str]


@dataclass(frozen=True)
class Lines:
    """Of the images on lines between the codes of two test images, shares on which the judge sees the ends' class.

    within: where both ends are of one class. across: where they are of two, one of these.
    """

    within: float
    across: float


def lines_of(images: LatentImages, labels: Tensor) -> Lines:
    """labels: of all test images (N,)."""
    ends = labels[images.ends]
    seen = (images.lines_seen[:, :, None] == ends[:, None, :]).any(dim=2).double()
    same = ends[:, 0] == ends[:, 1]
    return Lines(within=seen[same].mean().item(), across=seen[~same].mean().item())


@dataclass(frozen=True)
class Question:
    """asked: of a sheet, in short. needs: variants without which there is no answer. pictures: of the repository."""

    asked: str
    needs: frozenset[str]
    answer: Callable[[Told], Sequence[str]]
    pictures: tuple[str, ...] = ()


def answers(run: str, told: Told) -> str:
    """Markdown: a heading a sheet, then its questions; those whose variants are not there are named as unanswered."""
    parts = [f"# What the sheets ask, answered by {run}", ""]
    for sheet, questions in SHEETS.items():
        parts += [f"## {sheet}", ""]
        for question in questions:
            parts += [f"**{question.asked}**", ""]
            missing = sorted(question.needs - told.evidence.keys())
            if missing:
                parts += [f"No answer: this run has no {joined(missing, 'or')}.", ""]
                continue
            parts += [" ".join(question.answer(told)), ""]
            if question.pictures:
                parts += ["Pictures: " + ", ".join(f"`{picture}`" for picture in question.pictures) + ".", ""]
    return "\n".join(parts)


def as_expected(what: str, found: int | None, wanted: int) -> str:
    """What was expected, and whether it came so. found: see `evidence.sign`."""
    if not found:
        return f"Expected was {what}; the figures do not tell."
    came = ", and so it came" if found == wanted else "; it came the other way round"
    return f"Expected was {what}{came}."


def _losses(*names: str) -> Callable[[Told], Sequence[str]]:
    def answer(told: Told) -> list[str]:
        own = metric("own_mse")
        said = [f"{name} {text(told.evidence[name], own)}" for name in names]
        return [f"Test MSE, each on the input that it is trained on: {', '.join(said)}."]

    return answer


def _denoising(told: Told) -> list[str]:
    versus = Versus(told.evidence, "denoising", "linear")
    return [
        *denoising(versus),
        as_expected("a larger error on the harder task", versus.sign("own_mse"), 1),
        against_linear_maps("denoising", told.evidence["denoising"], told.baselines),
        "Cleaned images are blurred: many clean images may lie behind a noisy one, and the answer with the least "
        "squared error is their mean, in which what differs between them is averaged out.",
    ]


def _convolutional(told: Told) -> list[str]:
    versus = Versus(told.evidence, "convolutional", "linear")
    return [
        convolutional(versus),
        as_expected("a smaller error, as neighbouring pixels are looked at together", versus.sign("mse"), -1),
        "Its softmax makes the code shares that sum to 1: nine of ten numbers are free, no number can grow without the "
        "others shrinking, and where one share is near 1 hardly any gradient is left, which is why it starts slowly.",
    ]


def _descent(told: Told) -> list[str]:
    return [
        "Stochastic descent takes a step after every image, full-batch descent one after all of them, mini-batch "
        "descent after some: the more images, the more surely a step points downhill, and the fewer steps the same "
        "work buys.",
        *told.descent,
    ]


def _map(told: Told) -> list[str]:
    known = told.evidence["linear"]
    return [
        f"The code of linear keeps the classes to a 10-NN accuracy of {text(known, metric('knn'))}, on the map "
        f"{text(known, metric('map_knn'))}, silhouette of the code {text(known, metric('silhouette'))}.",
        "t-SNE keeps who is near whom, as far as a plane can; it does not keep distances, sizes or densities of "
        "groups, and another seed or other images give another map. So the figures above are of the code, the map is "
        "to look at.",
    ]


def _other_map(told: Told) -> list[str]:
    said = [organisation(Versus(told.evidence, "denoising", "linear"))]
    return said + [similarity(pair) for pair in told.alike if {pair.first, pair.second} == {"linear", "denoising"}]


def _noisy_pipeline(told: Told) -> list[str]:
    known, of = told.evidence["convolutional_denoising"], told.baselines.corrupted["gaussian"]
    return [
        f"Images with Gaussian noise ({of.input['psnr']:.2f} dB) come back at {text(known, metric('gaussian'))} dB; "
        f"the best linear filter reaches {of.linear_filter['psnr']:.2f} dB, the best linear map through a code of its "
        f"size {of.reduced_rank[f'''{known.row['latent']:.0f}''']['psnr']:.2f} dB."
    ]


def _variational(told: Told) -> list[str]:
    columns = told.courses["variational"].history.columns
    reconstruction, kl = (columns[f"test_{name}"][-1] for name in ("reconstruction", "kl"))
    return [
        "The encoder answers with a mean and a variance for each number of the code; a code is mean + standard "
        "deviation · noise, so that gradients reach both (reparameterisation). The loss is what it costs to say the "
        "image given the code, plus what it costs to say the code given the prior (KL): the first wants codes far "
        "apart, the second wants them all alike.",
        f"In the end that is {reconstruction:.1f} and {kl:.1f} nats for a test image (one training). It is no bound on "
        "the likelihood of the data: the code is drawn given the noisy image, and grey pixels are taken for "
        "probabilities.",
        f"Mean codes reconstruct with a test MSE of {columns['test_mse'][-1]:.4f}, drawn ones, as in training, of "
        f"{columns['test_sampled_mse'][-1]:.4f}.",
    ]


def _latent(told: Told) -> list[str]:
    versus = Versus(told.evidence, "variational", "convolutional_denoising")
    said = [organisation(versus), generation(versus)]
    for name in (versus.first, versus.second):
        lines = told.lines[name]
        said.append(
            f"On lines between two codes of {name} the judge sees the class of the ends in {lines.within:.0%} of the "
            f"images where both are of one class, and one of the two in {lines.across:.0%} where they are not."
        )
    return said


def _strided(told: Told) -> list[str]:
    known = told.evidence["strided"]
    return [
        f"Test MSE {text(known, metric('mse'))}, {text(known, metric('relative_to_pca'))} times that of PCA with as "
        "many numbers.",
        f"The mean codes of {text(known, metric('class_means_recognised'))} of the classes decode to an image in which "
        "the judge sees that class; a mixture of two classes shows parts of both, or neither.",
    ]


def _code_sizes(told: Told) -> list[str]:
    pair = next((pair for pair in told.pairs if (pair.smaller, pair.larger) == ("selu_2", "selu")), None)
    if pair is None:
        return ["In this run selu_2 and selu do not differ in the size of their code alone."]
    return [
        code_size(pair, told.evidence),
        *settling(pair, told.courses),
        "Two numbers are a place in a plane: once the classes lie side by side there, nearly all that is left to tell "
        "would need a third direction, so that more training moves little.",
    ]


def _cleaning(told: Told) -> list[str]:
    said = []
    for name in ("selu_denoising_2", "selu_denoising"):
        said.append(wrong_class(name, told.courses[name], told.evidence[name], told.baselines))
    known = told.evidence["selu_denoising"]
    levels = {words.words: known.mean(name) or 0.0 for name, words in TESTED.items() if name != "none"}
    ordered = sorted(levels, key=lambda words: -levels[words])
    figures = ", ".join(f"{words} {levels[words]:.2f} dB" for words in ordered)
    return [
        *said,
        f"Trained on noise and occlusion together, selu_denoising restores best from {ordered[0]}: {figures}. The "
        "sheet expects a single corruption to be the easier one.",
    ]


def _generated(told: Told) -> list[str]:
    known = told.evidence["selu"]
    return [
        f"Fréchet distance of images decoded from random codes of selu: {text(known, metric('frechet_gaussian'))} "
        f"where these are drawn from a fitted Gaussian, {text(known, metric('frechet_mixture'))} from a mixture, "
        f"{text(known, metric('frechet_uniform'))} where each number is drawn by itself."
    ]


def _of(*names: str) -> frozenset[str]:
    return frozenset(names)


SHEETS: dict[str, tuple[Question, ...]] = {
    "LMU, Exercise Sheet 6 (2024)": (
        Question(
            "The linear autoencoder: losses, and ten test samples above their reconstructions every ten epochs",
            _of("linear"),
            _losses("linear"),
            ("plots/compare/losses.png", "plots/pictures/linear/epoch-050.png"),
        ),
        Question(
            "Noisy input, clean target: how did performance change?",
            _of("linear", "denoising"),
            _denoising,
            ("plots/pictures/denoising/epoch-050.png",),
        ),
        Question(
            "The convolutional autoencoder: how does it compare?",
            _of("linear", "convolutional"),
            _convolutional,
            ("plots/pictures/convolutional/epoch-050.png",),
        ),
    ),
    "Heidelberg, Exercise sheet 9 (2018)": (
        Question(
            "Stochastic, mini-batch and full-batch gradient descent, an advantage and a disadvantage of each",
            _of(),
            _descent,
            ("plots/sgd-variants/losses.png",),
        ),
        Question(
            "t-SNE of the codes: how well are the images organised?",
            _of("linear"),
            _map,
            ("plots/pictures/linear/map.png",),
        ),
        Question(
            "Does the map of the denoising autoencoder differ?",
            _of("linear", "denoising"),
            _other_map,
            ("plots/pictures/denoising/map.png", "plots/pictures/denoising/map-own.png"),
        ),
    ),
    "Osnabrück, IANNWTF Homework 08 (2021)": (
        Question(
            "Denoising by a convolutional autoencoder",
            _of("convolutional_denoising"),
            _noisy_pipeline,
            ("plots/pictures/convolutional_denoising/epoch-010.png",),
        ),
        Question(
            "The variational autoencoder: how do sampling and loss work?",
            _of("variational"),
            _variational,
            ("plots/pictures/variational/epoch-010.png",),
        ),
        Question(
            "The latent spaces of both: maps and interpolations",
            _of("convolutional_denoising", "variational"),
            _latent,
            (
                "plots/pictures/variational/map.png",
                "plots/pictures/variational/interpolation.png",
                "plots/pictures/convolutional_denoising/map.png",
                "plots/pictures/convolutional_denoising/interpolation.png",
            ),
        ),
    ),
    "Zürich, Assignment 9 (2022)": (
        Question(
            "The strided autoencoder: a hundred pairs, class means and their mixtures",
            _of("strided"),
            _strided,
            ("plots/pictures/strided/pairs.png", "plots/pictures/strided/mixtures.png"),
        ),
    ),
    "Padova, Homework 4": (
        Question(
            "A code of 2 numbers against one of 6",
            _of("selu", "selu_2"),
            _code_sizes,
            ("plots/pictures/selu_2/through-training.png", "plots/pictures/selu/through-training.png"),
        ),
        Question(
            "How often does a cleaned image show another digit?",
            _of("selu_denoising", "selu_denoising_2"),
            _cleaning,
            (
                "plots/pictures/selu_denoising_2/through-training.png",
                "plots/pictures/selu_denoising/through-training.png",
                "plots/pictures/selu_denoising/confusion.png",
            ),
        ),
        Question("Images of random codes", _of("selu"), _generated, ("plots/pictures/selu/generation.png",)),
    ),
}
