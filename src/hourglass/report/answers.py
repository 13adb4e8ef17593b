"""What the five sheets ask, question by question: figures and verdicts of the run, where its pictures are, and why.

The reasons are words; whether something came as expected is not, it follows from the figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.records import Baselines, LatentImages
from hourglass.report.findings import (
    Course,
    against_linear_maps,
    convolutional,
    denoising,
    generation,
    latent_dim,
    organisation,
    settling,
    similarity,
    wrong_class,
)
from hourglass.report.phrases import Versus, joined, metric
from hourglass.stats.pairs import Pair
from hourglass.stats.significance import RULE, Evidence, of_one, text
from hourglass.stats.similarity import Alike


@dataclass(frozen=True)
class Told:
    """All that answers are made of. lines: by variant, what the classifier sees on lines between codes."""

    evidence: Evidence
    baselines: Baselines
    courses: Mapping[str, Course]
    pairs: Sequence[Pair]
    alike: Sequence[Alike]
    lines: Mapping[str, "Lines"]
    descent: Sequence[str]

    def figure(self, name: str, key: str) -> str:
        """A variant's figure with its spread, and how many trainings that is of."""
        known = self.evidence[name]
        return f"{text(known, metric(key))} {of_one(known, key)}"


@dataclass(frozen=True)
class Lines:
    """Of images on lines between the codes of two test images: on how many the classifier sees an end's class, of how many.

    within: where both ends are of one class. across: where they are of two.
    """

    within: tuple[int, int]
    across: tuple[int, int]

    def in_words(self, name: str) -> str:
        """Of the lines that there are."""
        both = {"between two of one class": self.within, "between two classes": self.across}
        said = [f"{seen} of {count} images {where}" for where, (seen, count) in both.items() if count]
        return f"On lines between codes of {name} the classifier sees the class of an end in {joined(said)} (one training)."


def lines_of(images: LatentImages, labels: Tensor) -> Lines:
    """labels: of all test images (N,)."""
    ends = labels[images.ends]
    seen = (images.lines_seen[:, :, None] == ends[:, None, :]).any(dim=2)
    same = ends[:, 0] == ends[:, 1]
    within, across = ((int(seen[which].sum()), seen[which].numel()) for which in (same, ~same))
    return Lines(within, across)


@dataclass(frozen=True)
class Question:
    """asked: of a sheet, in short. needs: variants without which there is no answer.

    pictures: files of `plots/`; `{last}` stands for the last epoch of the variant in whose folder the picture is.
    """

    asked: str
    needs: frozenset[str]
    answer: Callable[[Told], Sequence[str]]
    pictures: tuple[str, ...] = ()


def answers(run: str, told: Told) -> str:
    """Markdown: a heading a sheet, then its questions; those whose variants are not there are named as unanswered."""
    parts = [f"# What the sheets ask, answered by {run}", "", RULE, ""]
    for sheet, questions in SHEETS.items():
        parts += [f"## {sheet}", ""]
        for question in questions:
            parts += [f"**{question.asked}**", ""]
            missing = sorted(question.needs - told.courses.keys())
            if missing:
                parts += [f"No answer: this run has trained no {joined(missing, 'or')}.", ""]
                continue
            parts += [" ".join(question.answer(told)), ""]
            if pictures := pictures_of(question, told.courses):
                parts += [f"Pictures: {', '.join(f'`{picture}`' for picture in pictures)}.", ""]
    return "\n".join(parts)


def pictures_of(question: Question, courses: Mapping[str, Course]) -> list[str]:
    """Those that a run has."""
    found = []
    for picture in question.pictures:
        course = courses.get(picture.split("/")[1])
        if course is None:
            found.append(f"plots/{picture}")
        elif course.corruption != "none" or not picture.endswith("map-own.png"):
            found.append(f"plots/{picture.format(last=f'{course.history.epochs[-1]:03d}')}")
    return found


def as_expected(what: str, found: int | None, wanted: int) -> str:
    """What was expected, and whether it came so. found: see `evidence.Compared.sign`."""
    if not found:
        return f"Expected was {what}; the figures do not tell."
    came = ", and so it came" if found == wanted else "; it came the other way round"
    return f"Expected was {what}{came}."


def _losses(told: Told) -> list[str]:
    return [f"Test MSE {told.figure('linear', 'own_mse')}."]


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
        "A softmax code, as the sheet wants it, is shares that sum to 1: one number follows from the others, none can "
        "grow without others shrinking, and where one share is near 1 hardly any gradient is left.",
    ]


def _descent(told: Told) -> list[str]:
    return [
        "Stochastic descent takes a step after every image, full-batch descent one after all of them, mini-batch "
        "descent after some: the more images, the more surely a step points downhill, and the fewer steps the same "
        "work buys.",
        *told.descent,
    ]


def _map(told: Told) -> list[str]:
    keys = {"10-NN accuracy": "knn", "silhouette": "silhouette", "10-NN accuracy on the map": "map_knn"}
    figures = ", ".join(f"{what} {told.figure('linear', key)}" for what, key in keys.items())
    return [
        f"Of clean images the code of linear has {figures}.",
        "t-SNE keeps who is near whom, as far as a plane can; it does not keep distances, sizes or densities of "
        "groups, and another seed or other images give another map. So figures of the code are what counts, the map is "
        "to look at.",
    ]


def _other_map(told: Told) -> list[str]:
    said = [organisation(Versus(told.evidence, "denoising", "linear"))]
    return said + [similarity(pair) for pair in told.alike if {pair.first, pair.second} == {"linear", "denoising"}]


def _noisy_pipeline(told: Told) -> list[str]:
    known = told.evidence["convolutional_denoising"]
    return [against_linear_maps("convolutional_denoising", known, told.baselines)]


def _variational(told: Told) -> list[str]:
    said = [
        "The encoder answers with a mean and a variance for each number of the code; a code is mean + standard "
        "deviation · noise, so that gradients reach both (reparameterisation). The loss is what it costs to say the "
        "image given the code, plus what it costs to say the code given the prior (KL): the first wants codes far "
        "apart, the second wants them all alike. With grey pixels taken for probabilities, and codes drawn given "
        "another input than the image that is to come back, it is no bound on the likelihood of the data."
    ]
    columns = told.courses["denoising_vae"].history.columns
    if {"test_reconstruction", "test_kl", "test_mse", "test_sampled_mse"} <= columns.keys():
        last = {name: values[-1] for name, values in columns.items()}
        said.append(
            f"In the end the two are {last['test_reconstruction']:.1f} and {last['test_kl']:.1f} nats for a test "
            f"image; mean codes bring images back with a test MSE of {last['test_mse']:.4f}, codes that are drawn, as "
            f"in training, of {last['test_sampled_mse']:.4f} (one training)."
        )
    return said


def _latent(told: Told) -> list[str]:
    versus = Versus(told.evidence, "denoising_vae", "convolutional_denoising")
    lines = [told.lines[name].in_words(name) for name in (versus.first, versus.second)]
    return [organisation(versus), generation(versus), *lines]


def _strided(told: Told) -> list[str]:
    return [
        f"Test MSE {told.figure('strided', 'mse')}, {told.figure('strided', 'relative_to_pca')} times that of PCA with "
        f"as many numbers. The mean codes of {told.figure('strided', 'class_means_recognised')} of the classes decode "
        "to an image in which the classifier sees that class."
    ]


def _latent_dims(told: Told) -> list[str]:
    pair = next((pair for pair in told.pairs if (pair.smaller, pair.larger) == ("selu_2", "selu")), None)
    if pair is None:
        return ["In this run selu_2 and selu do not differ in the size of their code alone."]
    return [
        latent_dim(pair, told.evidence),
        *settling(pair, told.courses),
        "Two numbers are a place in a plane: where the classes lie side by side there, what else differs between "
        "images would need further directions.",
    ]


def _cleaning(told: Told) -> list[str]:
    name = "selu_denoising"
    said = [
        wrong_class(one, told.courses[one], told.evidence[one], told.baselines)
        for one in ("selu_denoising_2", name)
        if told.courses[one].corruption != "none"
    ]
    levels = {key: told.evidence[name].mean(key) or 0.0 for key in TESTED if key != "none"}
    figures = ", ".join(f"{TESTED[key].words} {told.figure(name, key)}" for key in levels)
    easiest = max(levels, key=lambda key: levels[key])
    came = "it came the other way round" if easiest == "gaussian_occlusion" else "so it came"
    return [
        *said,
        f"Restored by {name}, PSNR in dB: {figures}. Expected was that a single corruption is easier than both; "
        f"{came}, highest is that of {TESTED[easiest].words}.",
    ]


def _generated(told: Told) -> list[str]:
    ways = {"from a fitted Gaussian": "gaussian", "from a mixture": "mixture", "each number by itself": "uniform"}
    figures = ", ".join(f"{how} {told.figure('selu', f'frechet_{key}')}" for how, key in ways.items())
    return [f"Fréchet distance of images decoded from random codes of selu, drawn {figures}."]


def _of(*names: str) -> frozenset[str]:
    return frozenset(names)


SHEETS: dict[str, tuple[Question, ...]] = {
    "LMU, Exercise Sheet 6 (2024)": (
        Question(
            "The linear autoencoder: losses, and ten test samples above their reconstructions every ten epochs",
            _of("linear"),
            _losses,
            ("compare/losses.png", "pictures/linear/epoch-{last}.png"),
        ),
        Question(
            "Noisy input, clean target: how did performance change?",
            _of("linear", "denoising"),
            _denoising,
            ("pictures/denoising/epoch-{last}.png",),
        ),
        Question(
            "The convolutional autoencoder: how does it compare?",
            _of("linear", "convolutional"),
            _convolutional,
            ("pictures/convolutional/epoch-{last}.png",),
        ),
    ),
    "Heidelberg, Exercise sheet 9 (2018)": (
        Question(
            "Stochastic, mini-batch and full-batch gradient descent, an advantage and a disadvantage of each",
            _of(),
            _descent,
            ("sgd-variants/losses.png",),
        ),
        Question(
            "t-SNE of the codes: how well are the images organised?",
            _of("linear"),
            _map,
            ("pictures/linear/map.png",),
        ),
        Question(
            "Does the map of the denoising autoencoder differ?",
            _of("linear", "denoising"),
            _other_map,
            ("pictures/denoising/map.png", "pictures/denoising/map-own.png"),
        ),
    ),
    "Osnabrück, IANNWTF Homework 08 (2021)": (
        Question(
            "Denoising by a convolutional autoencoder",
            _of("convolutional_denoising"),
            _noisy_pipeline,
            ("pictures/convolutional_denoising/epoch-{last}.png",),
        ),
        Question(
            "The variational autoencoder: how do sampling and loss work?",
            _of("denoising_vae"),
            _variational,
            ("pictures/denoising_vae/epoch-{last}.png", "pictures/denoising_vae/loss-terms.png"),
        ),
        Question(
            "The latent spaces of both: maps and interpolations",
            _of("convolutional_denoising", "denoising_vae"),
            _latent,
            (
                "pictures/denoising_vae/map.png",
                "pictures/denoising_vae/interpolation.png",
                "pictures/convolutional_denoising/map.png",
                "pictures/convolutional_denoising/interpolation.png",
            ),
        ),
    ),
    "Zürich, Assignment 9 (2022)": (
        Question(
            "The strided autoencoder: a hundred pairs, class means and their mixtures",
            _of("strided"),
            _strided,
            ("pictures/strided/pairs.png", "pictures/strided/mixtures.png"),
        ),
    ),
    "Padova, Homework 4": (
        Question(
            "A code of 2 numbers against one of 6",
            _of("selu", "selu_2"),
            _latent_dims,
            ("compare/losses.png", "pictures/selu_2/through-training.png", "pictures/selu/through-training.png"),
        ),
        Question(
            "How often does a cleaned image show another digit?",
            _of("selu_denoising", "selu_denoising_2"),
            _cleaning,
            (
                "pictures/selu_denoising_2/through-training.png",
                "pictures/selu_denoising/through-training.png",
                "pictures/selu_denoising/confusion.png",
                "compare/class-kept.png",
            ),
        ),
        Question("Images of random codes", _of("selu"), _generated, ("pictures/selu/generation.png",)),
    ),
}
