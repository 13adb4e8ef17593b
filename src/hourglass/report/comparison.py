"""Comparison of all variants, built from stored records without loading any network."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from hourglass import metrics
from hourglass.corruptions import CORRUPTIONS, TESTED, Corruption
from hourglass.figures import curves, embeddings, grids, style
from hourglass.figures.overview import overview
from hourglass.files import replacing, write_json
from hourglass.images import EXAMPLES, MOST_CLASSES
from hourglass.records import ComparisonSummary
from hourglass.records.base import write_csv
from hourglass.report.answers import exercise_sheets, pages, parse, pictures_in
from hourglass.report.facts import UNLABELLED_NOTE, Facts, Ranking
from hourglass.report.inputs import LOSSES, ReportInputs, VariantRecords
from hourglass.report.page import page, render
from hourglass.report.small import smaller
from hourglass.report.tables import baseline_rows, make_table, markdown
from hourglass.samplers import SAMPLERS
from hourglass.stats import Runs

EXAMPLE = "gaussian"  # the corruption in the figure of denoised images
PICTURES = {
    "overview": "Overview: ten test images, their reconstructions by every variant, and the main metrics",
    "reconstructions": "Reconstructions of the same test images by every variant",
    "restorations": f"The same images with {TESTED[EXAMPLE].description}, denoised by every variant",
    "losses": "Training and test loss of every variant on its training corruption",
    "label-accuracy": "Label accuracy of the reconstructions by epoch",
    "codes": "t-SNE embeddings of the codes of every variant",
}
"""Captions of the figures that compare all variants, keyed by file name without suffix."""


@dataclass(frozen=True)
class Comparison:
    """Comparison of all variants, ready to be saved.

    Attributes:
        summary: metrics of every variant and sentences that state the results, saved as `compare.json`.
        text: contents of `compare.md`: overview, tables, glossary and the results in `summary`.
        answers: all answers to the exercise sheets, as Markdown.
        losses: rows of `losses.csv`, which DVC plots: variant, epoch, image set (`training` or `test`) and MSE.
        page: contents of `index.html`, a self-contained page.
        small_page: contents of `small.html`, a smaller page that links to the pictures in the answers.
        pictures: contents of the PNG files used in the answers, keyed by path, such as `linear/embedding`.
        figures: Matplotlib figures, keyed by file name without suffix.
    """

    summary: ComparisonSummary
    text: str
    answers: str
    losses: Sequence[tuple[str, int, str, float]]
    page: str
    small_page: str
    pictures: Mapping[str, bytes]
    figures: Mapping[str, Figure]

    @property
    def brief(self) -> str:
        """First part of `compare.md`: the overview table and the note below it."""
        return self.text.partition("\n## ")[0]

    def save(self, folder: Path, plots: Path) -> None:
        """Write JSON and Markdown files to `folder`, and HTML, PNG and CSV files to subfolders of `plots`."""
        rows = self.summary.variants
        self.summary.save(folder / "compare.json")
        write_json(folder / "test_mse.json", {name: round(row["mse"], 5) for name, row in rows.items()})
        texts = {folder / "compare.md": self.text}
        texts |= {plots / "compare/index.html": self.page, plots / "compare/small.html": self.small_page}
        texts |= {folder / f"answers/{name}.md": text for name, text in pages(self.answers).items()}
        for path, text in texts.items():
            with replacing(path) as part:
                part.write_text(text, encoding="utf-8")
        (plots / "answers").mkdir(parents=True, exist_ok=True)  # DVC expects it, even without answers
        for name, png in self.pictures.items():
            with replacing(plots / f"answers/{name}.png") as part:
                part.write_bytes(png)
        write_csv(plots / "compare/losses.csv", ["variant", "epoch", "set", "mse"], self.losses)
        for name, figure in self.figures.items():
            style.save(figure, plots / f"compare/{name}.png")


def compare(inputs: ReportInputs) -> Comparison:
    """Build the comparison of all variants: tables, text, figures and HTML pages."""
    facts, baselines = Facts(inputs), baseline_rows(inputs.baselines, inputs.first.latent.frechet_test_halves)
    summary_table = make_table("Overview", metrics.overview(), inputs.runs)
    tables = [make_table(title, metrics.columns(key), inputs.runs, baselines) for key, title in metrics.TABLES.items()]
    context = {
        "facts": facts,
        "inputs": inputs,
        "metrics": metrics.METRICS,
        "corruptions": CORRUPTIONS,
        "samplers": SAMPLERS,
        "method": facts.method,
    }
    results = [line for line in render("results.txt", **context).splitlines() if line]
    text = render(
        "compare.md",
        **context,
        overview=markdown(summary_table, padded=True),
        note=_note(inputs.runs, inputs.test.labelled),
        pictures={name: text for name, text in PICTURES.items() if inputs.test.labelled or name != "label-accuracy"},
        tables=[(table.title, markdown(table)) for table in tables],
        glossary=metrics.glossary(column for table in tables for column in table.columns),
        results=results,
    )
    summary = ComparisonSummary(
        dataset=inputs.config.dataset,
        run=inputs.config.run,
        strengths=inputs.config.strengths,
        variants={
            name: {key: value for key, value in runs.row.items() if value is not None}
            for name, runs in inputs.runs.items()
        },
        results=tuple(results),
    )
    losses = [
        (variant, epoch, images, value)
        for variant, records in inputs.variants.items()
        for images, column in LOSSES.items()
        for epoch, value in records.curve(column)
    ]
    answers = re.sub(r"\n{3,}", "\n\n", render("answers.md", **context)).rstrip() + "\n"
    blocks, shown = parse(answers), [summary_table, *tables]
    html = page(facts, inputs, shown, results, blocks)
    small = page(facts, smaller(inputs), shown, results, blocks, small=True)
    sheets = exercise_sheets(inputs.config.sheets, inputs.variants, blocks)
    pictures = {name: inputs.pictures[name] for name in pictures_in(answers)}
    return Comparison(summary, text, answers, losses, html, small, pictures, _figures(inputs, facts.rankings, sheets))


def _label(name: str, records: VariantRecords) -> str:
    """Return the chart label of a variant: its name and, if it is fitted in closed form, its latent dimension."""
    return f"{name} (latent {records.config.network.latent})" if records.closed_form else name


def _note(runs: Mapping[str, Runs], labelled: bool) -> str:
    """Return a note for the overview table that states the number of seeds and explains the use of bold type.

    If the images are not `labelled`, the note also says that metrics which need labels are missing.
    """
    counts = sorted({len(of.values("mse")) for of in runs.values() if not of.closed_form} or {1})
    if counts == [1]:
        note = "One run each; bold marks the best of each column."
    else:
        seeds = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else counts[0]
        note = f"Mean ± standard deviation over {seeds} seeds; bold marks the best mean of each column."
    return note if labelled else f"{note} {UNLABELLED_NOTE}"


def _figures(
    inputs: ReportInputs, rankings: Mapping[str, Ranking], sheets: Mapping[str, Sequence[str]]
) -> dict[str, Figure]:
    """Draw the figures listed in `PICTURES`, keyed by file name without suffix.

    `rankings` are keyed by metric, and `sheets` holds the variants of each exercise sheet. Image grids show one test
    image per class, or ten unlabelled images.
    """
    variants, test, title = inputs.variants, inputs.test, inputs.title
    examples = inputs.first.evaluation_images.examples
    shown = slice(None, None, len(examples) // len(test.classes)) if test.labelled else slice(EXAMPLES)
    first = examples[shown][:MOST_CLASSES]
    names = test.names(first)
    clean, denoised = (
        {name: of.evaluation_images.reconstructions[level, shown][:MOST_CLASSES] for name, of in variants.items()}
        for level in (list(TESTED).index(corruption) for corruption in ("none", EXAMPLE))
    )
    training, test_losses, label_accuracy = (
        {_label(name, of): of.curve(column) for name, of in variants.items()}
        for column in (*LOSSES.values(), "label_accuracy")
    )
    embedded = {name: of.latent_images.embedding for name, of in variants.items()}
    values = {
        name: {metric.key: runs.values(metric.key) for metric in metrics.overview()}
        for name, runs in inputs.runs.items()
    }
    ties = {key: (of.best, *of.ties) for key, of in rankings.items() if of.ties}
    best = {key: of.best for key, of in rankings.items() if not of.ties}
    originals = test.images[first]
    reconstructions = {"test image": originals, **clean}
    restorations = {"original": originals, "input": inputs.corrupted[EXAMPLE][first], **denoised}
    noise = grids.describe(Corruption.of(EXAMPLE, inputs.config.strengths))
    return {
        "overview": overview(originals, clean, values, f"{title}: overview", test.labelled, best, ties),
        "losses": curves.losses(training, test_losses, f"{title}: loss by epoch", sheets),
        "label-accuracy": curves.label_accuracy(label_accuracy, f"{title}: label accuracy by epoch", sheets),
        "reconstructions": grids.rows(reconstructions, f"{title}: reconstructions", names, score="MSE"),
        "restorations": grids.rows(restorations, f"{title}: denoised test images", names, f"Input: {noise}.", "PSNR"),
        "codes": embeddings.side_by_side(
            embedded,
            test.labels[: len(inputs.first.latent_images.embedding)],
            {name: runs.row for name, runs in inputs.runs.items()},
            test.classes,
            f"{title}: embeddings of the codes",
        ),
    }
