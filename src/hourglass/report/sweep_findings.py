"""What a sweep says of code sizes and of noise: a verdict only where every seed is on the same side of every other."""

from collections.abc import Iterable, Sequence

from hourglass.records.sweep import Trial
from hourglass.report.phrases import joined
from hourglass.stats.seeds import Group, over_latent_dims, over_noise
from hourglass.stats.significance import plus_minus

YARDSTICK = "pca"


def bottleneck(trials: Sequence[Trial]) -> list[str]:
    """Sentences on the trials of one data set; none where no grid has several code sizes or strengths of noise.

    Nothing is said of what was trained once: that has no spread.
    """
    sentences = []
    for curves in over_latent_dims(trials).values():
        repeated = {name: _repeated(line) for name, line in curves.items() if name != YARDSTICK}
        if YARDSTICK in curves:
            sentences += [said for line in repeated.values() if (said := _against(line, curves[YARDSTICK]))]
        sentences += _best_by_size([group for line in repeated.values() for group in line])
    for curves in over_noise(trials).values():
        for line in map(_repeated, curves.values()):
            sentences += [_restoration(line, strength) for strength in line[0].strengths()] if len(line) > 1 else []
    return sentences


def _repeated(line: Sequence[Group]) -> list[Group]:
    return [group for group in line if len(group.trials) > 1]


def _against(line: Sequence[Group], yardstick: Sequence[Group]) -> str:
    """At which sizes a variant beats the yardstick; empty where they have none in common."""
    known = {group.latent: group for group in yardstick}
    shared = [group for group in line if group.latent in known]
    if not shared:
        return ""
    better = [group.latent for group in shared if group.below(known[group.latent], "clean.mse")]
    worse = [group.latent for group in shared if known[group.latent].below(group, "clean.mse")]
    even = [group.latent for group in shared if group.latent not in (*better, *worse)]
    said = [
        f"{what} with {joined([str(size) for size in sizes])}"
        for what, sizes in (("smaller", better), ("larger", worse), ("smaller or larger, as the seed has it,", even))
        if sizes
    ]
    name = shared[0].variant
    return f"{_after(shared)}, the test MSE of {name} is, against {YARDSTICK}'s, {'; '.join(said)} numbers in the code."


def _best_by_size(trained: Sequence[Group]) -> list[str]:
    """Which of the variants reconstructs best, size by size: the only one, or those whose seeds overlap with its."""
    sentences = []
    for size in sorted({group.latent for group in trained}):
        there = sorted((group for group in trained if group.latent == size), key=lambda group: group.mean("clean.mse"))
        if len(there) < 2:
            continue
        first, *others = there
        rivals = [group for group in others if not first.below(group, "clean.mse")]
        if rivals:
            names = joined([group.variant for group in (first, *rivals)])
            figures = ", ".join(_figure(group, "clean.mse", ".5f") for group in (first, *rivals))
            said = f"{names} cannot be told apart: {figures}"
        else:
            figures = f"{_figure(first, 'clean.mse', '.5f')} against {_figure(others[0], 'clean.mse', '.5f')}"
            said = f"{first.variant} reconstructs best, before {others[0].variant}: {figures}"
        sentences.append(f"{_after(there)}, with {size} numbers, {said}.")
    return sentences


def _restoration(line: Sequence[Group], strength: str) -> str:
    """Which trainings restore best from noise of one strength, and whether that helps."""
    column = f"restored_sigma_{strength}_psnr"
    first, *others = sorted(line, key=lambda group: -group.mean(column))
    rivals = [group for group in others if not group.below(first, column)]
    which = joined([group.sigma for group in (first, *rivals)], "or")
    figures = ", ".join(f"{_figure(group, column, '.2f')} dB" for group in (first, *rivals))
    noisy = first.mean(f"noisy_sigma_{strength}_psnr")
    values = first.values(column)
    helps = ", worse than the images left as they are" if max(values) < noisy else ""
    if min(values) <= noisy <= max(values):
        helps = ", with some seeds no better than the images left as they are"
    return (
        f"{_after(line)}, from noise of σ = {strength} {first.variant} restores best where it is trained at {which}: "
        f"{figures} (the noisy images: {noisy:.2f} dB){helps}."
    )


def _figure(group: Group, column: str, form: str) -> str:
    """Mean and standard deviation."""
    return plus_minus(format(group.mean(column), form), group.deviation(column), form)


def _after(found: Sequence[Group]) -> str:
    epochs = _range(group.epochs for group in found)
    seeds = _range(len(group.trials) for group in found)
    return f"After {epochs} epochs, with {seeds} seeds"


def _range(numbers: Iterable[int]) -> str:
    found = set(numbers)
    return str(min(found)) if len(found) == 1 else f"{min(found)} to {max(found)}"
