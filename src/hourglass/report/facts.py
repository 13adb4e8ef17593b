"""Metrics and comparisons of variants, formatted as short texts for the report templates."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from hourglass.corruptions import CORRUPTIONS
from hourglass.metrics import METRICS, Metric
from hourglass.report.inputs import ReportInputs
from hourglass.report.tables import collapsed_text, text_of
from hourglass.stats import (
    CodeSimilarity,
    Difference,
    code_similarity,
    compare,
    compare_with_constant,
    interpolation_agreement,
    settled_epoch,
)

METHOD = (
    "Variants are compared by a paired t-test over their common seeds. Brackets hold the 95 % confidence interval of "
    "the difference, not corrected for multiple comparisons. Without several seeds, single runs are compared by a "
    "bootstrap over test images. Metrics that are not means over images are then not tested."
)
UNLABELLED_NOTE = (
    "The images have no labels, so metrics that need classes are left out. The Fréchet distance uses the features of a "
    "network that recognises mirrored images; it is not comparable with that of other data sets."
)
RELATIVE = ("mse", "frechet")  # metrics whose differences are shown in percent
CONTESTS = {"mse": "Best reconstruction", "gaussian_psnr": "Best denoiser", "knn": "Best code"}
MOST_TIES = 3  # of the variants named beside the best one


@dataclass(frozen=True)
class Facts:
    """Texts for the report templates, looked up by variant name and metric key."""

    inputs: ReportInputs

    def has(self, *names: str) -> bool:
        """Return whether all the named variants are part of the comparison."""
        return set(names) <= self.inputs.variants.keys()

    def measured(self, key: str) -> bool:
        """Return whether any variant has the metric."""
        return any(runs.values(key) for runs in self.inputs.runs.values())

    def value(self, name: str, key: str) -> str:
        """Return a metric of a variant and the number of runs as text, for example `0.0190 ± 0.0007 (n = 3)`."""
        values = self.inputs.runs[name].values(key)
        text = _with_unit(text_of(values, METRICS[key]), METRICS[key])
        return text if self.inputs.runs[name].closed_form else f"{text} (n = {len(values)})"

    def versus(self, first: str, second: str, key: str) -> str:
        """Return two variants' values of a metric, and their difference with its confidence interval, as text.

        For example: `0.0129 ± 0.0001 vs 0.0190 ± 0.0011, better (−37 % to −27 %, n = 3)`.
        """
        return _versus(compare(self.inputs.runs[first], self.inputs.runs[second], key), METRICS[key])

    @property
    def has_linear_maps(self) -> bool:
        """Return whether linear maps were fitted, as for all but large images."""
        return all(scores.linear_filter for scores in self.inputs.baselines.corrupted.values())

    def versus_linear_map(self, name: str) -> str:
        """Compare a variant and the best linear map of equal rank by their PSNR on images with Gaussian noise."""
        runs = self.inputs.runs[name]
        linear_map = self.inputs.baselines.corrupted["gaussian"].reduced_rank[f"{runs.row['latent_dim']:.0f}"]
        difference = compare_with_constant(runs.values("gaussian_psnr"), linear_map["psnr"])
        return _versus(difference, METRICS["gaussian_psnr"])

    def worse_than_unprocessed(self, corruption: str) -> list[str]:
        """List the variants whose PSNR is significantly below that of the corrupted images, like `pca (12.55 dB)`."""
        key, psnr = f"{corruption}_psnr", self.inputs.baselines.corrupted[corruption].input["psnr"]
        signs = {name: compare_with_constant(runs.values(key), psnr).sign for name, runs in self.inputs.runs.items()}
        worse = [name for name, sign in signs.items() if sign == -1]
        return [f"{name} ({text_of(self.inputs.runs[name].values(key), METRICS[key])} dB)" for name in worse]

    def similarity(self, first: str, second: str) -> CodeSimilarity:
        """Return the similarity of the codes that two variants assign to the same test images, at most 1,000."""
        return code_similarity(*(self.inputs.variants[name].latent_images.codes for name in (first, second)))

    def agreement(self, name: str, same_class: bool) -> tuple[int, int]:
        """Count the interpolated images that are classified as the class of one of their two end images.

        Only interpolations within one class are counted if `same_class` is true, otherwise only those between classes.

        Returns:
            The count, and the total number of images in these interpolations.
        """
        images, labels = self.inputs.variants[name].latent_images, self.inputs.test.labels
        return interpolation_agreement(images.interpolation_predictions, labels[images.ends], same_class)

    def settled(self, name: str) -> int | None:
        """Return the first epoch from which the test loss stays within 5 % of its final value.

        The result is None if the loss settles only in the last tenth of the epochs.
        """
        return settled_epoch(self.inputs.variants[name].curve("test_mse"))

    def final(self, name: str, column: str) -> float | None:
        """Return the last value of a column of the training history, or None if the column was not recorded."""
        points = self.inputs.variants[name].curve(column)
        return points[-1][1] if points else None

    def epoch_picture(self, name: str) -> str:
        """Return the path, relative to `plots`, of the picture drawn for the last epoch of a variant."""
        epoch = self.inputs.variants[name].history.epochs[-1] if self.has(name) else 0
        return f"pictures/{name}/epoch-{epoch:03d}.png"

    def corruption(self, name: str) -> str:
        """Return the description of a variant's training corruption, or an empty string for clean images."""
        corruption = self.inputs.variants[name].config.corruption
        return "" if corruption == "none" else CORRUPTIONS[corruption].description

    @cached_property
    def trained(self) -> list[str]:
        """Names of the variants that are trained by gradient descent."""
        return [name for name, of in self.inputs.variants.items() if not of.closed_form]

    @cached_property
    def collapsed(self) -> list[str]:
        """Names of variants with collapsed runs, each followed by a count, such as `selu (1 of 3 runs collapsed)`."""
        return [f"{name} ({text})" for name, runs in self.inputs.runs.items() if (text := collapsed_text(runs))]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of trained variants that differ only in latent dimension, with the smaller dimension first."""
        configs = {name: self.inputs.variants[name].config for name in self.trained}
        by_dim = sorted(configs, key=lambda name: configs[name].network.latent)
        others = {name: config.model_dump(exclude={"network": {"latent"}}) for name, config in configs.items()}
        return [(a, b) for a, b in combinations(by_dim, 2) if configs[a] != configs[b] and others[a] == others[b]]

    @cached_property
    def winners(self) -> dict[str, str]:
        """Texts that name the best variant in each category, such as `Best denoiser`, and compare it with the others.

        The texts are keyed by category. The dictionary is empty if there is only one variant.
        """
        contests = CONTESTS.items() if len(self.inputs.runs) > 1 else ()
        return {f"{title} ({METRICS[key].heading})": self._winner(key) for key, title in contests if self.measured(key)}

    def _winner(self, key: str) -> str:
        metric = METRICS[key]
        means = {name: mean for name, runs in self.inputs.runs.items() if (mean := runs.mean(key)) is not None}
        better = -1 if metric.better == "lower" else 1
        best = max(means, key=lambda name: better * means[name])
        signs = {name: compare(self.inputs.runs[best], self.inputs.runs[name], key).sign for name in means}
        ties = [name for name, sign in signs.items() if name != best and sign != better]
        if not ties:
            others = "significantly better than all others"
        elif len(ties) > MOST_TIES:
            others = f"not significantly different from {len(ties)} others"
        else:
            *most, last = [f"{name} {self.value(name, key)}" for name in ties]
            named = f"{', '.join(most)} and {last}" if most else last
            others = f"not significantly different from {named}"
        return f"{best} {self.value(best, key)}, {others}."


def _versus(difference: Difference, metric: Metric) -> str:
    texts = (text_of(values, metric) for values in (difference.first, difference.second))
    return f"{_with_unit(' vs '.join(texts), metric)}, {conclusion(difference, metric)}"


def conclusion(difference: Difference, metric: Metric) -> str:
    """Describe a difference as text, such as `not significantly different (−5 % to +16 %, n = 3)`."""
    if difference.sign is None:
        return "not tested (one run each)"
    words = {"higher": ("worse", "better"), "lower": ("better", "worse"), None: ("lower", "higher")}[metric.better]
    word = {-1: words[0], 0: "not significantly different", 1: words[1]}[difference.sign]
    if difference.p is None:
        return f"{word} (bootstrap over test images, one run each)"
    low, high = difference.interval or (0.0, 0.0)
    if any(name in metric.key for name in RELATIVE):
        base = sum(difference.second) / difference.n / 100
        interval = f"{low / base:+z.0f} % to {high / base:+z.0f} %"
    else:
        form = f"+z{metric.format.lstrip('z')}"
        interval = _with_unit(f"{low:{form}} to {high:{form}}".replace("%", " pp"), metric)
    return f"{word} ({interval.replace('-', '−')}, n = {difference.n})"


def _with_unit(text: str, metric: Metric) -> str:
    return f"{text} {metric.unit}" if metric.unit else text
