"""The sentences that the sheets ask for, each computed from the figures that it names, with what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hourglass.corruptions import CORRUPTIONS, TESTED
from hourglass.records import Baselines, Curve, History, DuringTraining
from hourglass.report.losses import COLUMNS, curve
from hourglass.report.phrases import Versus, Words, joined, metric, tied, trainings
from hourglass.settings.describe import plural
from hourglass.stats.pairs import Pair
from hourglass.stats.significance import Evidence, Known, of_one, text
from hourglass.stats.similarity import Alike

RECONSTRUCTS = Words("worse", "better")
MORE_OFTEN = Words("less often", "more often")
FARTHER = Words("closer to real ones", "farther from real ones")
LATER = {-1: "earlier than", 0: "about as early as", 1: "later than"}

SETTLED = 0.05  # of the last value
ALIKE = 0.1  # of the epochs: of two curves neither has settled earlier by less

SIDE_BY_SIDE = (
    ("linear", "denoising"),
    ("convolutional_denoising", "denoising_vae"),
    ("vae", "denoising_vae"),
)
"""Variants whose codes the sheets compare, the plainer first."""


@dataclass(frozen=True)
class Course:
    """How the pipeline's own training of a variant went. corruption: of what it was given."""

    corruption: str
    history: History
    through: DuringTraining


def findings(
    evidence: Evidence,
    baselines: Baselines,
    pairs: Sequence[Pair],
    courses: Mapping[str, Course],
    alike: Sequence[Alike] = (),
) -> list[str]:
    """What the figures say, one sentence each; a sentence whose variants are not there is left out.

    courses: by variant. pairs: of variants that differ in the size of their code alone. alike: how much codes of two
    variants are the same.
    """
    pairs = [pair for pair in pairs if {pair.smaller, pair.larger} <= evidence.keys()]
    sentences = _of_the_sheets(evidence, baselines, alike)
    sentences += _of_no_help(evidence, baselines)
    if len(evidence) > 1:
        sentences.append(_ranking(evidence))
    for pair in pairs:
        sentences.append(latent_dim(pair, evidence))
        sentences += settling(pair, courses)
    sentences += [
        wrong_class(name, courses[name], evidence[name], baselines) for name in courses if _noisy(courses[name])
    ]
    sentences += [_plateau(name, course) for name, course in courses.items() if course.through.at_mean_image]
    collapsed = {name: known.collapsed() for name, known in evidence.items() if known.collapsed()}
    if collapsed:
        names = [name if how == "collapsed" else f"{name} ({how})" for name, how in collapsed.items()]
        sentences.append(
            f"Collapsed to hardly better than the mean image, or not trained for long enough: {joined(names)}."
        )
    return sentences


def _of_the_sheets(evidence: Evidence, baselines: Baselines, alike: Sequence[Alike]) -> list[str]:
    """What the sheets ask of the variants that they describe."""
    sentences = []
    if {"linear", "denoising"} <= evidence.keys():
        sentences += denoising(Versus(evidence, "denoising", "linear"))
        sentences.append(against_linear_maps("denoising", evidence["denoising"], baselines))
    if {"linear", "convolutional"} <= evidence.keys():
        sentences.append(convolutional(Versus(evidence, "convolutional", "linear")))
    for plain, other in SIDE_BY_SIDE:
        if {plain, other} <= evidence.keys():
            versus = Versus(evidence, other, plain)
            sentences.append(organisation(versus))
            sentences += [similarity(pair) for pair in alike if {pair.first, pair.second} == {plain, other}]
    if {"convolutional_denoising", "denoising_vae"} <= evidence.keys():
        sentences.append(generation(Versus(evidence, "denoising_vae", "convolutional_denoising")))
    return sentences


def denoising(versus: Versus) -> list[str]:
    """On the task of each, on clean images, on noisy ones."""
    own, clean, noisy = (versus.sign(key) for key in ("own_mse", "mse", "gaussian"))
    return [
        f"On its own task, which the sheet compares, denoising ends {RECONSTRUCTS.of(_flipped(own))} linear: test MSE "
        f"{versus.figures('own_mse')} ({versus.change('own_mse')}), each of the input that it is trained on "
        f"{versus.basis('own_mse')}.",
        f"On clean images denoising reconstructs {RECONSTRUCTS.of(_flipped(clean))} linear: test MSE "
        f"{versus.figures('mse')} ({versus.change('mse')}) {versus.basis('mse')}.",
        f"From images with Gaussian noise denoising restores {RECONSTRUCTS.of(noisy)} linear: "
        f"{versus.figures('gaussian')} dB {versus.basis('gaussian')}.",
    ]


def against_linear_maps(name: str, known: Known, baselines: Baselines) -> str:
    """Linear maps are fitted in closed form: every training has to be on the same side of one for a verdict."""
    of, size = baselines.corrupted["gaussian"], f"{known.row['latent']:.0f}"
    mapped, values = of.reduced_rank[size]["psnr"], known.values("gaussian")
    if min(values) > mapped:
        verdict = "beats"
    elif max(values) < mapped:
        verdict = "does not reach"
    else:
        verdict = "cannot be told from"
    return (
        f"On images with Gaussian noise ({of.input['psnr']:.2f} dB as they are) {name} {verdict} the best linear map "
        f"through a code of its size: {text(known, metric('gaussian'))} dB against {mapped:.2f} dB; the best linear "
        f"filter, which has no bottleneck, reaches {of.linear_filter['psnr']:.2f} dB {of_one(known, 'gaussian')}. By "
        f"SSIM that is {text(known, metric('gaussian_ssim'))}, of the filter {of.linear_filter['ssim']:.3f}."
    )


def _of_no_help(evidence: Evidence, baselines: Baselines) -> list[str]:
    """Where images are better left alone: every training of a variant has to be worse."""
    sentences = []
    for name, of in baselines.corrupted.items():
        left = of.input["psnr"]
        worse = [variant for variant, known in evidence.items() if max(known.values(name)) < left]
        if worse:
            figures = ", ".join(f"{variant} ({text(evidence[variant], metric(name))} dB)" for variant in worse)
            sentences.append(
                f"Images with {TESTED[name].words} are better left as they are ({left:.2f} dB) than given to "
                f"{figures}, with every training of each."
            )
    return sentences


def convolutional(versus: Versus) -> str:
    found = versus.sign("mse")
    first, second = (known.row for known in versus.both)
    return (
        f"The convolutional autoencoder reconstructs {RECONSTRUCTS.of(_flipped(found))} the linear one: test MSE "
        f"{versus.figures('mse')} ({versus.change('mse')}), with a code of {_numbers(first)} against "
        f"{second['latent']:.0f} and {first['parameters'] / second['parameters']:.1f} times the parameters "
        f"{versus.basis('mse')}."
    )


def organisation(versus: Versus) -> str:
    """How well the codes of both keep the classes: of clean images, and of the input that each is trained on."""
    first, second = versus.first, versus.second
    said = [
        f"by {what} {RECONSTRUCTS.of(versus.sign(key))} that of {second}, {versus.figures(key)} {versus.basis(key)}"
        for what, key in (("10-NN accuracy", "knn"), ("silhouette", "silhouette"))
    ]
    return (
        f"Of clean images the code of {first} keeps the classes {said[0]}, and {said[1]}; of the input that each is "
        f"trained on, {RECONSTRUCTS.of(versus.sign('own_knn'))} that of {second} by 10-NN accuracy, "
        f"{versus.figures('own_knn')} {versus.basis('own_knn')}."
    )


def similarity(pair: Alike) -> str:
    """How much two codes are the same."""
    return (
        f"Up to rotation and scale the codes of {pair.first} and {pair.second} are the same to a CKA of {pair.cka:.2f} "
        f"(1 where equal, {pair.floor:.2f} between codes of unrelated images), and of the ten nearest neighbours of an "
        f"image {pair.overlap:.0%} are the same in both, among the first {pair.images:,} test images (one training "
        "each)."
    )


def generation(versus: Versus) -> str:
    """Whose images of random codes are closer to real ones."""
    key, prior = "frechet_gaussian", versus.both[0].mean("frechet_prior")
    own = "" if prior is None else f" From its own prior {versus.first} reaches {_prior(versus.both[0])}."
    return (
        f"Images that {versus.first} decodes from codes of a fitted Gaussian are {FARTHER.of(versus.sign(key))} those "
        f"of {versus.second}: Fréchet distance {versus.figures(key)} {versus.basis(key)}; from codes of a fitted "
        f"mixture it is {versus.figures('frechet_mixture')}.{own}"
    )


def _prior(known: Known) -> str:
    return text(known, metric("frechet_prior"))


def _ranking(evidence: Evidence) -> str:
    """Whose code keeps the classes best and worst, and who cannot be told from these."""
    names = sorted(evidence, key=lambda name: -(evidence[name].mean("knn") or 0))
    first, last = (tied(evidence, name, names, "knn", beaten) for name, beaten in ((names[0], 1), (names[-1], -1)))
    said = [f"{name} ({text(evidence[name], metric('knn'))})" for name in names]
    sentence = (
        f"By 10-NN accuracy the codes of clean images keep the classes in this order: {', '.join(said)}. "
        f"The first place is {joined(first, 'or')}'s, the last {joined(last, 'or')}'s"
    )
    if "pca" in evidence:
        better = [name for name in names if Versus(evidence, name, "pca").sign("knn") == 1]
        sentence += (
            f"; better than the yardstick, pca, {'is' if len(better) == 1 else 'are'} {len(better)} of {len(names) - 1}"
        )
    return f"{sentence} ({trainings(evidence)})."


def latent_dim(pair: Pair, evidence: Evidence) -> str:
    versus = Versus(evidence, pair.smaller, pair.larger)
    small, large = (known.row for known in versus.both)
    found, wrong = versus.sign("own_mse"), versus.sign("wrong_class")
    what = "reconstructs" if pair.corruption == "none" else f"cleans images of {CORRUPTIONS[pair.corruption].words}"
    return (
        f"{pair.smaller}, with a code of {_numbers(small)}, {what} {RECONSTRUCTS.of(_flipped(found))} {pair.larger}, "
        f"with {large['latent']:.0f}: test MSE {versus.figures('own_mse')} ({versus.change('own_mse')}) "
        f"{versus.basis('own_mse')}; in the end its images show another class than the originals "
        f"{MORE_OFTEN.of(wrong).removesuffix(' than')}: {versus.figures('wrong_class')} {versus.basis('wrong_class')}."
    )


def settling(pair: Pair, courses: Mapping[str, Course]) -> list[str]:
    """Which test loss stops falling earlier; nothing where one still falls at the end."""
    curves = [curve(courses[name].history, COLUMNS["test"]) for name in (pair.smaller, pair.larger)]
    small, large = map(_settled, curves)
    # a loss jitters, and no more is known than when it was measured
    alike = max(ALIKE * points[-1][0] for points in curves)
    alike = max(alike, *(after - before for points in curves for (before, _), (after, _) in pairwise(points)), 0)
    if any(points[-1][0] - settled < alike for points, settled in zip(curves, (small, large), strict=True)):
        return []
    verdict = LATER[0 if abs(small - large) <= alike else (small > large) - (small < large)]
    return [
        f"The test loss of {pair.smaller} settles {verdict} that of {pair.larger}: it stays within {SETTLED:.0%} of "
        f"its last value from epoch {small} on, against epoch {large} (one training each)."
    ]


def _settled(curve: Curve) -> int:
    """The first epoch from which on a loss stays near its last value."""
    last = curve[-1][1]
    settled = len(curve) - 1
    while settled > 0 and abs(curve[settled - 1][1] - last) <= SETTLED * last:
        settled -= 1
    return curve[settled][0]


def _noisy(course: Course) -> bool:
    return course.corruption != "none"


def wrong_class(name: str, course: Course, known: Known, baselines: Baselines) -> str:
    through, words = course.through, CORRUPTIONS[course.corruption].words
    said = (
        f"Of the test images that {name} cleans of {words} {text(known, metric('wrong_class'))} show another class "
        f"than the original in the end {of_one(known, 'wrong_class')}, where the classifier itself errs on "
        f"{1 - baselines.originals['label_accuracy']:.1%} of originals"
    )
    if through.epochs == 1:
        return f"{said}."
    return (
        f"{said}; of the first test images {through.wrong_class:.1%} do, on average of the {through.epochs} epochs "
        f"from the {through.first_epoch}th on, and of the first one alone, on which the sheet counts, in "
        f"{through.first_image_wrong} of these epochs (one training)."
    )


def _plateau(name: str, course: Course) -> str:
    count, epochs = course.through.at_mean_image, course.history.epochs[-1]
    so = ", so that averages over epochs say little of it" if 2 * count > epochs else ""
    return f"{name} stays at the mean image for {count} of its {epochs} epochs (one training){so}."


def _numbers(row: Mapping[str, float]) -> str:
    return plural(round(row["latent"]), "number")


def _flipped(found: int | None) -> int | None:
    """Of a figure of which less is better."""
    return None if found is None else -found
