"""Metrics and comparisons of variants, formatted as text for the report templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, takewhile
from math import ceil
from statistics import mean

import torch
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS
from hourglass.metrics import METRICS, Metric
from hourglass.report.inputs import ReportInputs
from hourglass.report.tables import collapsed_text, deviation_text, text_of
from hourglass.stats import (
    CodeSimilarity,
    Difference,
    Runs,
    code_similarity,
    compare,
    compare_with_constant,
    holm,
    most_confused,
    neighbour_confusion,
    settled_epoch,
    stray_mixtures,
)

METHOD = (
    "± is the standard deviation over seeds. A difference is followed by its 95 % confidence interval, which is not "
    "corrected for the number of comparisons, and the number of seeds, n. Variants that share initial weights and "
    "batch order are compared by a paired t-test over seeds, others by Welch's t-test, and a variant with a constant, "
    "such as PCA, by a one-sample t-test. A difference is called significant if p < 0.05. All p-values of the {count} "
    "comparisons in these answers are raised by Holm's method, because among many comparisons some differ by chance; "
    "so are those of the best variant with each of the others."
)
METHOD_FOR_SINGLE_RUNS = (
    "Single runs are compared by a bootstrap over test images, at 5 % and without correction for multiple comparisons. "
    "Metrics that are not means over images are not tested."
)
UNLABELLED_NOTE = (
    "The images have no labels, so metrics that need classes are left out. The Fréchet distance uses the features of a "
    "network that recognises mirrored images; it is not comparable with that of other data sets."
)
RELATIVE = ("mse", "frechet")  # metrics whose differences are shown in percent
CONTESTS = {
    "mse": "Best reconstruction",
    "relative_to_pca": "Best reconstruction for its latent dimension",
    "gaussian_psnr": "Best denoiser",
    "knn": "Best code",
    "in_domain_frechet_mixture": "Best generated images",
    "other_error_auroc": "Best detection of another data set",
}
MOST_TIES = 3  # of the variants named beside the best one
CODES_COMPARED = ("knn", "silhouette", "in_domain_knn")
QUESTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("denoising", "linear"): ("in_domain_mse", "mse", "gaussian_psnr", "active_units", *CODES_COMPARED),
    ("convolutional", "linear"): ("mse",),
    ("denoising_vae", "convolutional_denoising"): (
        *CODES_COMPARED,
        "lines_between",
        "in_domain_frechet_gaussian",
        "in_domain_frechet_mixture",
    ),
    ("denoising_vae", "vae"): CODES_COMPARED,
    ("selu_denoising", "selu"): ("in_domain_mse", "in_domain_total_variation"),
}
"""Metrics that answer questions of the exercise sheets, keyed by the pair of variants to compare."""
PAIRED = ("in_domain_mse", "wrong_class")  # metrics of variants that differ only in latent dimension
CONTROLS: Mapping[tuple[str, str, str], tuple[str, ...]] = {
    ("identity_code", "denoising", "linear"): ("in_domain_mse", "mse"),
    ("cross_entropy", "denoising_vae", "convolutional_denoising"): ("knn", "in_domain_frechet_mixture"),
}
"""Metrics to compare, keyed by (sweep grid, variant, variant). The grid modifies the second variant, or both."""
SINGLE, BOTH = ("gaussian_psnr", "occlusion_psnr"), "gaussian_occlusion_psnr"
LINEAR_MAP = "linear map"

Question = tuple[str, ...]
"""Key of a comparison, in one of four forms.

The forms are (variant, variant, metric), (variant, `LINEAR_MAP`, metric), (variant, metric, metric), and (grid,
variant, variant, metric).
"""


@dataclass(frozen=True)
class Ranking:
    """The variant with the best mean of a metric, and the variants that are not significantly worse.

    Attributes:
        best: name of the best variant.
        ties: comparisons with the best variant, keyed by variant and sorted from best to worst mean. They stop before
            the first variant that is significantly worse, and include untested variants.
        tested: whether all other variants were tested against the best one.
    """

    best: str
    ties: Mapping[str, Difference]
    tested: bool


@dataclass(frozen=True)
class Facts:
    """Results for the report templates, mostly formatted as text. Methods take variant names and metric keys."""

    inputs: ReportInputs

    def has(self, *names: str) -> bool:
        """Return whether all named variants are part of the comparison."""
        return set(names) <= self.inputs.variants.keys()

    def measured(self, key: str) -> bool:
        """Return whether any variant has a value for the metric `key`."""
        return any(runs.values(key) for runs in self.inputs.runs.values())

    def value(self, name: str, key: str) -> str:
        """Format a variant's metric, as in `0.0190 ± 0.0007 (n = 3)`. For a closed-form variant, n is omitted."""
        values = self.inputs.runs[name].values(key)
        text = _with_unit(text_of(values, METRICS[key]), METRICS[key])
        return text if self.inputs.runs[name].closed_form else f"{text} (n = {len(values)})"

    @cached_property
    def family(self) -> dict[Question, Difference]:
        """Comparisons in the answers to the exercise sheets, keyed by tuples such as `("denoising", "linear", "mse")`.

        The last element of a key is a metric. All p-values are adjusted jointly by Holm's method.
        """
        runs, found = self.inputs.runs, dict[Question, Difference]()
        for (first, second), keys in QUESTIONS.items():
            if self.has(first, second):
                found |= {(first, second, key): compare(runs[first], runs[second], key) for key in keys}
        for smaller, larger in self.pairs:
            found |= {(smaller, larger, key): compare(runs[smaller], runs[larger], key) for key in PAIRED}
        for name in self.compared_with_linear_maps:
            maps = self.inputs.baselines.corrupted["gaussian"].reduced_rank
            psnr = maps[str(self.inputs.variants[name].config.network.latent)]["psnr"]
            values = runs[name].values("gaussian_psnr")
            found[name, LINEAR_MAP, "gaussian_psnr"] = compare_with_constant(values, psnr)
        for name in self.trained:
            if self.inputs.variants[name].config.corruption == "gaussian_occlusion":
                found |= {(name, key, BOTH): _compare_metrics(runs[name], key, BOTH) for key in SINGLE}
        for (grid, first, second), keys in CONTROLS.items():
            control = self.inputs.grids.get(grid, {})
            if second in control:
                changed = control.get(first, runs[first])
                found |= {(grid, first, second, key): compare(changed, control[second], key) for key in keys}
        return holm({question: of for question, of in found.items() if of.first and of.second})

    @property
    def method(self) -> str:
        """Explanation of the statistical tests in `family`, with the number of t-tests if there are any."""
        count = sum(of.p is not None for of in self.family.values())
        return METHOD.format(count=count) if count else METHOD_FOR_SINGLE_RUNS

    def versus(self, *question: str) -> str:
        """Describe the comparison `family[question]`: both values, and whether they differ significantly.

        For example: `0.0129 ± 0.0001 vs 0.0190 ± 0.0011, better (−37 % to −27 %, n = 3)`.
        """
        return _versus(self.family[question], METRICS[question[-1]])

    def sign(self, *question: str) -> int:
        """Return 1 if the first value in `family[question]` is significantly larger, -1 if smaller, and 0 otherwise."""
        return self.family[question].sign or 0

    def tested(self, *question: str) -> bool:
        """Return whether `family[question]` was tested. The test requires several runs or per-image values."""
        return self.family[question].sign is not None

    @property
    def has_linear_maps(self) -> bool:
        """Whether linear maps were fitted as baselines, which requires images of at most 4,096 values."""
        return all(scores.linear_filter for scores in self.inputs.baselines.corrupted.values())

    @cached_property
    def compared_with_linear_maps(self) -> list[str]:
        """Names of variants compared with linear maps: those trained with Gaussian noise. Empty without linear maps."""
        names = self.trained if self.has_linear_maps else []
        return [name for name in names if self.inputs.variants[name].config.corruption == "gaussian"]

    def above_half(self, key: str) -> str:
        """Return how many variants have a mean above 0.5 for the AUROC metric `key`, such as `11 of 12`."""
        means = [mean for runs in self.inputs.runs.values() if (mean := runs.mean(key)) is not None]
        return f"{sum(mean > 0.5 for mean in means)} of {len(means)}"

    def every_above_half(self, score: str) -> bool:
        """Return whether the mean AUROC of an anomaly score is above 0.5 for all variants and kinds of outliers.

        `score` is the suffix that follows the kind of outlier in the metric key, such as `_error_auroc`.
        """
        means = [runs.mean(kind + score) for runs in self.inputs.runs.values() for kind in self.inputs.outliers]
        return all(mean > 0.5 for mean in means if mean is not None)

    @cached_property
    def one_class(self) -> dict[str, str]:
        """Formatted AUROC of anomaly detection by models that were trained on a single class, keyed by variant.

        The anomaly score is the reconstruction error, and test images of all other classes are the outliers. For each
        seed, the AUROC is averaged over one model per class.
        """
        values: dict[str, dict[int, list[float]]] = {}
        for trial in self.inputs.sweep.trials:
            if "classes_error_auroc" in trial.results:
                seeds = values.setdefault(trial.variant, {})
                seeds.setdefault(trial.seed, []).append(trial.results["classes_error_auroc"])
        metric, classes = METRICS["other_error_auroc"], len(self.inputs.test.classes)
        means = {name: [mean(of) for of in seeds.values() if len(of) == classes] for name, seeds in values.items()}
        texts = {name: text_of(of, metric) for name, of in means.items() if of}
        return {
            name: text if self.inputs.runs[name].closed_form else f"{text} (n = {len(means[name])})"
            for name, text in texts.items()
        }

    def worse_than_unprocessed(self, corruption: str) -> list[str]:
        """List the variants that significantly reduce the PSNR of test images under the given corruption.

        Each entry includes the PSNR of the reconstructions, as in `vae (12.21 ± 0.03 dB)`.
        """
        key, psnr = f"{corruption}_psnr", self.inputs.baselines.corrupted[corruption].input["psnr"]
        tests = holm({name: compare_with_constant(of.values(key), psnr) for name, of in self.inputs.runs.items()})
        worse = [name for name, difference in tests.items() if difference.sign == -1]
        return [f"{name} ({text_of(self.inputs.runs[name].values(key), METRICS[key])} dB)" for name in worse]

    def similarity(self, first: str, second: str) -> CodeSimilarity:
        """Return the similarity between the codes of two variants, from one run each, for at most 1,000 test images.

        Either name may be `pixels`, to use the pixels of the images as codes.
        """
        return code_similarity(self._codes(first), self._codes(second))

    def cka(self, first: str, second: str) -> str:
        """Format the linear CKA of the codes of two variants, as in `0.79 ± 0.02 (n = 10)`.

        Either name may be `pixels`, to use the pixels of the images as codes. Equal names compare seeds of one variant.
        Without sweep results, one run of each variant is compared, and equal names give an empty string.
        """
        for row in self.inputs.sweep.similarity:
            if {row.first, row.second} == {first, second}:
                spread = f" ± {deviation_text(row.cka_sd, '.2f')}" if row.cka_sd else ""
                return f"{row.cka:.2f}{spread} (n = {row.n})"
        return "" if first == second else f"{self.similarity(first, second).cka:.2f} (n = 1)"

    def _codes(self, name: str) -> Tensor:
        codes = self.inputs.first.latent_images.codes
        if name == "pixels":
            return self.inputs.test.images[: len(codes)].flatten(1).float()
        return self.inputs.variants[name].latent_images.codes

    @property
    def compared_codes(self) -> list[tuple[str, str]]:
        """Pairs of variants whose codes are compared in the answers to the exercise sheets."""
        return [pair for pair, keys in QUESTIONS.items() if "silhouette" in keys and self.has(*pair)]

    def mixtures(self, name: str) -> str:
        """Describe the predicted classes of images decoded from the midpoints of two class means.

        For example: `40 of 45 images are classified as one of the two (one run), the others most often as shirt`.
        """
        predictions = self.inputs.variants[name].latent_images.mixture_predictions
        pairs = torch.ones_like(predictions, dtype=torch.bool).triu(1)
        others, count = predictions[stray_mixtures(predictions) & pairs], int(pairs.sum())
        text = f"{count - len(others)} of {count} images are classified as one of the two (one run)"
        if not len(others):
            return text
        which = "the others most often" if len(others) > 1 else "the other one"
        return f"{text}, {which} as {self.inputs.test.classes[int(others.mode().values)]}"

    def class_recognition(self, name: str) -> str:
        """Describe which classes have the highest and the lowest recall of leave-one-out 10-NN on test codes.

        For example: `10-NN recall is highest for trouser (98 %), bag (94 %) and sandal (93 %), and lowest for shirt
        (33 %), most often classified as pullover`.
        """
        codes, labels = self.inputs.variants[name].latent_images.codes, self.inputs.test.labels
        counts = neighbour_confusion(codes, labels[: len(codes)], len(self.inputs.test.classes))
        rates = counts.diagonal() / counts.sum(axis=1).clip(1)
        order, classes = rates.argsort()[::-1], self.inputs.test.classes
        *best, worst = [f"{classes[label]} ({100 * rates[label]:.0f} %)" for label in order]
        ((_, other),) = most_confused(counts, 1, order[-1])
        *others, last = best[:3]  # fewer with two or three classes
        highest = f"{', '.join(others)} and {last}" if others else last
        return (
            f"10-NN recall is highest for {highest}, and lowest for {worst}, most often classified as {classes[other]}"
        )

    def confused(self, name: str) -> str:
        """List the three most frequent misclassifications of reconstructions, as in `4 classified as 9 (35 images)`."""
        counts, classes = self.inputs.variants[name].evaluation_images.confusion.numpy(), self.inputs.test.classes
        return ", ".join(
            f"{classes[true]} classified as {classes[other]} ({counts[true, other]:,} images)"
            for true, other in most_confused(counts, 3)
        )

    def settled(self, name: str) -> int | None:
        """Return the epoch from which the test loss of a variant stays within 5 % of its final value.

        The result is None if the loss settles only in the last tenth of the epochs.
        """
        return settled_epoch(self.inputs.variants[name].curve("test_mse"))

    def after(self, name: str, column: str, epoch: int) -> float | None:
        """Return the value of a history column after an epoch, or None if it was not measured."""
        return dict(self.inputs.variants[name].curve(column)).get(epoch)

    def final(self, name: str, column: str) -> float | None:
        """Return the last measured value of a history column, or None if it has no values."""
        points = self.inputs.variants[name].curve(column)
        return points[-1][1] if points else None

    def updates(self, name: str) -> int:
        """Return the number of weight updates in the training of a variant, or 0 for a closed-form variant."""
        records, images = self.inputs.variants[name], self.inputs.training_images
        if not (spec := records.config.train):
            return 0
        return len(records.history.epochs) * ceil((images - spec.held_out(images)) / spec.batch_size)

    def corruption(self, name: str) -> str:
        """Describe a variant's training corruption, or return an empty string if it is trained on clean images."""
        corruption = self.inputs.variants[name].config.corruption
        return "" if corruption == "none" else CORRUPTIONS[corruption].description

    @cached_property
    def trained(self) -> list[str]:
        """Names of the variants that are trained by gradient descent."""
        return [name for name, of in self.inputs.variants.items() if not of.closed_form]

    @cached_property
    def collapsed(self) -> list[str]:
        """Names of the variants with collapsed runs, each with a note, as in `selu (1 of 3 runs collapsed)`."""
        return [f"{name} ({text})" for name, runs in self.inputs.runs.items() if (text := collapsed_text(runs))]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of trained variants that differ only in latent dimension, with the smaller dimension first."""
        configs = {name: self.inputs.variants[name].config for name in self.trained}
        by_dim = sorted(configs, key=lambda name: configs[name].network.latent)
        others = {name: config.model_dump(exclude={"network": {"latent"}}) for name, config in configs.items()}
        return [(a, b) for a, b in combinations(by_dim, 2) if configs[a] != configs[b] and others[a] == others[b]]

    @cached_property
    def rankings(self) -> dict[str, Ranking]:
        """Rankings for each measured metric in `CONTESTS`, keyed by metric. Empty if there is only one variant."""
        keys = [key for key in CONTESTS if self.measured(key) and len(self.inputs.runs) > 1]
        return {key: self._ranking(key) for key in keys}

    def _ranking(self, key: str) -> Ranking:
        better = -1 if METRICS[key].better == "lower" else 1
        means = {name: mean for name, runs in self.inputs.runs.items() if (mean := runs.mean(key)) is not None}
        best, *others = sorted(means, key=lambda name: better * means[name], reverse=True)
        tests = holm({name: compare(self.inputs.runs[best], self.inputs.runs[name], key) for name in others})
        ties = {name: tests[name] for name in takewhile(lambda name: tests[name].sign != better, others)}
        return Ranking(best, ties, all(of.sign is not None for of in tests.values()))

    @cached_property
    def winners(self) -> dict[str, str]:
        """Descriptions of the best variants, keyed by heading, such as `Best denoiser (PSNR, Gaussian noise)`."""
        return {f"{CONTESTS[key]} ({METRICS[key].heading})": self._winner(key) for key in self.rankings}

    def _winner(self, key: str) -> str:
        ranking, metric = self.rankings[key], METRICS[key]
        best = f"{ranking.best} {self.value(ranking.best, key)}"
        if key == "mse":
            latent = self.inputs.variants[ranking.best].config.network.latent
            updates = self.updates(ranking.best)
            best += f", with a latent dimension of {latent}" + (f" and {updates:,} updates" if updates else "")
        if any(of.sign is None for of in ranking.ties.values()):
            return f"{best}; not tested (one run each)."
        if not ranking.ties:
            return f"{best}; significantly better than all others{'' if ranking.tested else ' with several runs'}."
        if len(ranking.ties) > MOST_TIES:
            return f"{best}; not significantly different from {len(ranking.ties)} others."
        named = [f"{name} {self.value(name, key)}{_interval(of, metric)}" for name, of in ranking.ties.items()]
        return f"{best}; not significantly different: {', '.join(named)}."


def _compare_metrics(runs: Runs, *keys: str) -> Difference:
    """Compare the two metrics named in `keys` over the runs of one variant, paired by seed."""
    first, second = (
        Runs({"": runs.row.get(key)}, {seed: {"": value} for seed, value in runs.by_seed(key).items()}, pairing="same")
        for key in keys
    )
    return compare(first, second, "")


def _versus(difference: Difference, metric: Metric) -> str:
    texts = (text_of(values, metric) for values in (difference.first, difference.second))
    return f"{_with_unit(' vs '.join(texts), metric)}, {conclusion(difference, metric)}"


def conclusion(difference: Difference, metric: Metric) -> str:
    """Describe a difference, as in `not significantly different (−5 % to +16 %, n = 3)`."""
    if difference.sign is None:
        return "not tested (one run each)"
    words = {"higher": ("worse", "better"), "lower": ("better", "worse"), None: ("lower", "higher")}[metric.better]
    word = {-1: words[0], 0: "not significantly different", 1: words[1]}[difference.sign]
    if difference.p is None:
        return f"{word} (bootstrap over test images, one run each)"
    return f"{word}{_interval(difference, metric)}"


def _interval(difference: Difference, metric: Metric) -> str:
    """Format a t-test's confidence interval, as in ` (−5 % to +16 %, n = 3)`. Without a t-test, the result is empty."""
    if difference.p is None:
        return ""
    low, high = difference.interval or (0.0, 0.0)
    if any(name in metric.key for name in RELATIVE):
        base = mean(difference.second) / 100
        interval = f"{low / base:+z.0f} % to {high / base:+z.0f} %"
    else:
        form = f"+z{metric.format.lstrip('z')}"
        interval = _with_unit(f"{low:{form}} to {high:{form}}".replace("%", " pp"), metric)
    counts = dict.fromkeys(len(values) for values in (difference.first, difference.second) if len(values) > 1)
    corrected = f", p = {difference.p:.2f} after correction" if difference.sign == 0 and low * high > 0 else ""
    return f" ({interval.replace('-', '−')}, n = {' and '.join(map(str, counts))}{corrected})"


def _with_unit(text: str, metric: Metric) -> str:
    return f"{text} {metric.unit}" if metric.unit else text
