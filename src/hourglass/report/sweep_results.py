"""Results of a sweep in sentences: latent dimensions compared with PCA, noise levels compared with each other."""

from collections.abc import Sequence

from hourglass.metrics import METRICS
from hourglass.records.sweep import TrialResult
from hourglass.report.facts import joined
from hourglass.report.tables import deviation_text
from hourglass.stats import Group, compare_with_constant, over_latent_dims, over_noise

OUTCOMES = {-1: "lower", 1: "higher", 0: "not significantly different"}


def sweep_results(trials: Sequence[TrialResult]) -> list[str]:
    """Return sentences on the runs of one data set; configurations with a single seed are left out."""
    sentences = []
    for curves in over_latent_dims(trials).values():
        pca = {group.latent: group.mean("mse") for group in curves.get("pca", ())}
        lines = [[group for group in line if group.latent in pca] for name, line in curves.items() if name != "pca"]
        sentences += [_latent_dims(repeated, pca) for line in lines if (repeated := _repeated(line))]
    for curves in over_noise(trials).values():
        for line in map(_repeated, curves.values()):
            sentences += [_noise(line, level) for level in line[0].strengths()] if len(line) > 1 else []
    return sentences


def _repeated(line: Sequence[Group]) -> list[Group]:
    return [group for group in line if len(group.trials) > 1]


def _latent_dims(line: Sequence[Group], pca: dict[int, float]) -> str:
    """Compare the test MSE of a variant with that of PCA at every latent dimension."""
    signs = {group.latent: compare_with_constant(group.values("mse"), pca[group.latent]).sign for group in line}
    parts = [
        f"{word} at {joined([str(dim) for dim in dims])}"
        for sign, word in OUTCOMES.items()
        if (dims := [dim for dim in signs if signs[dim] == sign])
    ]
    compared = f"{line[0].variant} vs pca of equal latent dimension, {METRICS['mse'].heading}"
    return f"{compared}: {'; '.join(parts)} {_runs(line)}."


def _noise(line: Sequence[Group], level: str) -> str:
    """Compare training noise levels by how well they denoise one level of test noise."""
    column = f"restored_sigma_{level}_psnr"
    best, *others = sorted(line, key=lambda group: -group.mean(column))
    ties = [_psnr(group, column) for group in others if best.compare(group, column).sign != 1]
    noisy = best.mean(f"noisy_sigma_{level}_psnr")
    text = f"{best.variant} on noise of σ = {level} ({noisy:.2f} dB): best if trained with σ = {_psnr(best, column)}"
    if ties:
        text += f", not significantly different from {joined(ties)}"
    if compare_with_constant(best.values(column), noisy).sign == -1:
        text += "; worse than the noisy images"
    return f"{text} {_runs(line)}."


def _psnr(group: Group, column: str) -> str:
    return f"{group.sigma} ({group.mean(column):.2f} ± {deviation_text(group.deviation(column), '.2f')} dB)"


def _runs(line: Sequence[Group]) -> str:
    """Return epochs and seeds of some groups: `(5 epochs, n = 3)`."""
    epochs, seeds = (
        {of(group) for group in line} for of in (lambda group: group.epochs, lambda group: len(group.trials))
    )
    return f"({joined([str(count) for count in sorted(epochs)], 'or')} epochs, n = {min(seeds)})"
