"""The whole comparison, from records alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import metrics
from hourglass.corruptions import TESTED
from hourglass.datasets import DATASETS
from hourglass.figures import style
from hourglass.figures.comparison import Through, pictures
from hourglass.files import replacing, write_json
from hourglass.images import Images
from hourglass.metrics import Row
from hourglass.records import Baselines, ComparisonSummary
from hourglass.records.sweep import Trial
from hourglass.report.answers import Told, answers, lines_of
from hourglass.report.baselines import linear_codes, yardsticks
from hourglass.report.best import Winner, winners
from hourglass.report.findings import SIDE_BY_SIDE, Course, findings
from hourglass.report.losses import Losses, curve, curves, write_losses
from hourglass.report.page import Entry, Shared, page
from hourglass.report.sweep_findings import bottleneck
from hourglass.report.table import markdown, overview
from hourglass.report.variant_records import VariantRecords
from hourglass.settings.stage_configs import CompareConfig
from hourglass.stats.pairs import latent_dim_pairs
from hourglass.stats.significance import RULE, Evidence, Known
from hourglass.stats.similarity import similarities

Variants = Mapping[str, VariantRecords]

PICTURES = {
    "overview": "All variants at a glance: ten test images through each, and what was measured",
    "reconstructions": "Test images through every variant",
    "restorations": f"The same images with {TESTED[metrics.EXAMPLE_CORRUPTION].words} through every variant",
    "losses": "Training and test loss of every variant, on the input that it is trained for",
    "class-kept": "Share of test images that show their class, epoch by epoch",
    "codes": "Maps of the codes of every variant",
}
"""What is drawn of all variants together, in words."""


@dataclass(frozen=True)
class Swept:
    """The trials of a sweep on the data set that is compared, and the pictures of them, PNG by name; none without.

    settings: by a trial's key, the `hash_without_seed` of its training.
    """

    trials: Sequence[Trial] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What comes of it, in Markdown but for the page, which is HTML.

    brief: who is best at what, and the figures that say most. text: that, all tables, and the findings. answers: to
    the sheets' questions. losses: by variant. figures: by name.
    """

    summary: ComparisonSummary
    brief: str
    text: str
    answers: str
    losses: Mapping[str, Losses]
    page: str
    figures: Mapping[str, Figure]

    def save(self, folder: Path, plots: Path) -> None:
        """Write `compare.{json,md}`, `answers.md`, `compare/<variant>.json`; pictures, losses, page to plots."""
        self.summary.save(folder / "compare.json")
        for name, row in self.summary.variants.items():
            write_json(folder / "compare" / f"{name}.json", metrics.headlines(row))
        texts = {folder / "compare.md": self.text, folder / "answers.md": self.answers, plots / "index.html": self.page}
        for path, text in texts.items():
            with replacing(path) as part:
                part.write_text(text, encoding="utf-8")
        write_losses(self.losses, plots / "losses.csv")
        for name, figure in self.figures.items():
            style.save(figure, plots / f"{name}.png")


def compare(
    settings: CompareConfig,
    variants: Variants,
    baselines: Baselines,
    test: Images,
    inputs: Mapping[str, Tensor],
    data_sha256: str,
    swept: Swept = Swept(),
    descent: Sequence[str] = (),
) -> Comparison:
    """Compare variants, in their order.

    inputs: the test images under every corruption, uint8 (N, 28, 28). data_sha256: of the file of training images.
    descent: sentences on kinds of gradient descent.
    """
    evidence = {name: _known(of, baselines, swept) for name, of in variants.items()}
    rows = {name: known.row for name, known in evidence.items()}
    losses = {name: curves(of.history, of.closed_form) for name, of in variants.items()}
    pairs = latent_dim_pairs({name: of.training for name, of in variants.items()})
    courses = {
        name: Course(of.training.corruption, of.history, of.evaluation.during_training)
        for name, of in variants.items()
        if not of.closed_form
    }
    alike = similarities({name: of.latent_images.codes for name, of in variants.items()}, SIDE_BY_SIDE)
    sentences = findings(evidence, baselines, pairs, courses, alike)
    sentences += bottleneck(swept.trials)
    lines = {name: lines_of(of.latent_images, test.labels) for name, of in variants.items()}
    floor = next(iter(variants.values())).analysis.decoded.generation["training_images"]
    beside = yardsticks(baselines, floor)
    title = settings.run.replace(settings.dataset, DATASETS[settings.dataset].title, 1)
    shared = _shared(title, settings.seed, variants, baselines, test, inputs, data_sha256)
    best = winners(evidence, baselines)
    brief = _brief(best, overview(evidence), _basis(evidence))
    entries = [Entry(name, evidence[name], losses[name], records) for name, records in variants.items()]
    return Comparison(
        ComparisonSummary(
            dataset=settings.dataset,
            run=settings.run,
            strengths=settings.strengths,
            variants={name: _known_figures(row) for name, row in rows.items()},
            findings=tuple(sentences),
        ),
        brief,
        f"{brief}\n{_in_full(markdown(evidence, beside), sentences, descent)}",
        answers(title, Told(evidence, baselines, courses, pairs, alike, lines, descent)),
        losses,
        page(entries, shared, beside, best, sentences, swept.pictures, descent),
        _figures(title, variants, rows, test, inputs, evidence, losses),
    )


def _known(of: VariantRecords, baselines: Baselines, swept: Swept) -> Known:
    """A variant's figures, and those of trainings in a sweep that differ from its own in their seed alone."""
    same = of.training.hash_without_seed()
    trials = [trial for trial in swept.trials if trial.results and swept.settings.get(trial.key) == same]
    seeds = {trial.seed: trial.results for trial in trials}
    return Known(
        metrics.row(of.figures, baselines),
        {seed: metrics.row(results, baselines) for seed, results in sorted(seeds.items())},
        of.evaluation_images.per_image,
        of.closed_form,
    )


def _brief(best: Sequence[Winner], table: str, basis: str) -> str:
    return "\n".join(
        [*([_listed([f"**{one.title}**: {one.said}" for one in best])] if best else []), f"{table}\n{basis}\n"]
    )


def _in_full(tables: str, sentences: Sequence[str], descent: Sequence[str]) -> str:
    parts = {
        "Pictures": "\n".join(f"![{words}](../plots/compare/{name}.png)\n" for name, words in PICTURES.items()),
        "All figures": tables,
        "What they mean": metrics.glossary(),
        "Findings": f"{RULE}\n\n{_listed(sentences)}",
        "Kinds of gradient descent": _listed(descent),
    }
    return "\n".join(f"## {title}\n\n{part}" for title, part in parts.items() if part)


def _listed(sentences: Sequence[str]) -> str:
    return "".join(f"- {sentence}\n" for sentence in sentences)


def _known_figures(row: Row) -> dict[str, float]:
    return {key: value for key, value in row.items() if value is not None}


def _basis(evidence: Evidence) -> str:
    """What the tables show, in words."""
    repeated = [name for name, known in evidence.items() if len(known.seeds) > 1]
    if not repeated:
        return "One training each; the best of each column is bold."
    return (
        "Mean ± standard deviation over trainings that differ in their seed alone, where `make sweep` has made "
        "several; the best mean of each column is bold, which says nothing of whether the next differs."
    )


def _shared(
    title: str,
    seed: int,
    variants: Variants,
    baselines: Baselines,
    test: Images,
    inputs: Mapping[str, Tensor],
    data_sha256: str,
) -> Shared:
    """What all variants have in common; samples, mapped images and the ends of lines are those of any one of them."""
    first = next(iter(variants.values()))
    chosen, ends = first.evaluation_images.examples, first.latent_images.ends
    mapped = len(first.latent_images.positions)
    return Shared(
        title=title,
        seed=seed,
        data_sha256=data_sha256,
        classes=test.classes,
        corruptions=[kind.words for kind in TESTED.values()],
        samples=torch.stack([inputs[name][chosen] for name in TESTED]),
        sampled=chosen,
        mapped=(test.images[:mapped], test.labels[:mapped]),
        ends=(test.images[ends], test.labels[ends]),
        linear=linear_codes(baselines),
    )


def _figures(
    title: str,
    variants: Variants,
    rows: Mapping[str, Row],
    test: Images,
    inputs: Mapping[str, Tensor],
    evidence: Evidence,
    losses: Mapping[str, Losses],
) -> dict[str, Figure]:
    """The pictures; of the samples, the first of each class, clean and under the corruption that stands for all."""
    chosen = next(iter(variants.values())).evaluation_images.examples
    of_each_class = len(chosen) // len(test.classes)
    first = chosen[::of_each_class]

    def made(corruption: str) -> dict[str, Tensor]:
        """What every variant makes of these images under a corruption."""
        level = list(TESTED).index(corruption)
        return {name: of.evaluation_images.reconstructions[level, ::of_each_class] for name, of in variants.items()}

    example = metrics.EXAMPLE_CORRUPTION
    through = Through(test.images[first], inputs[example][first], made("none"), made(example))
    positions = {name: of.latent_images.positions for name, of in variants.items()}
    labels = test.labels[: len(next(iter(positions.values())))]
    kept = {name: curve(of.learning, "label_accuracy", of.closed_form) for name, of in variants.items()}
    trained = {
        name: {metric.key: known.values(metric.key) for metric in metrics.overview()}
        for name, known in evidence.items()
    }
    return pictures(title, test.classes, rows, trained, losses, kept, through, (positions, labels))
