"""What a sweep says of code sizes and of noise: a verdict only where every seed is on the same side of every other."""

from collections.abc import Sequence

from hourglass.records.sweep import Trial
from hourglass.spread import Curves, Group, over_code_sizes, over_noise

YARDSTICK = "pca"


def bottleneck(trials: Sequence[Trial]) -> list[str]:
    """Sentences on the trials of one data set; none where no grid has several code sizes or strengths of noise."""
    sentences = []
    for curves in over_code_sizes(trials).values():
        if YARDSTICK in curves:
            sentences += [_against(line, curves[YARDSTICK]) for name, line in curves.items() if name != YARDSTICK]
        sentences += _best_by_size(curves)
    for curves in over_noise(trials).values():
        for line in curves.values():
            sentences += [_restoration(line, strength) for strength in line[0].strengths()]
    return sentences


def _against(line: Sequence[Group], yardstick: Sequence[Group]) -> str:
    """From how many numbers on a variant beats the yardstick."""
    known = {group.latent: group for group in yardstick}
    shared = [group for group in line if group.latent in known]
    better = [group.latent for group in shared if group.below(known[group.latent], "mse")]
    worse = [group.latent for group in shared if known[group.latent].below(group, "mse")]
    even = [group.latent for group in shared if group.latent not in (*better, *worse)]
    said = [
        f"{what} with {_joined(sizes)}"
        for what, sizes in (("smaller", better), ("larger", worse), ("smaller or larger, as the seed has it,", even))
        if sizes
    ]
    name = line[0].variant
    return f"{_after(shared)} the test MSE of {name} is, against {YARDSTICK}'s, {'; '.join(said)} numbers in the code."


def _best_by_size(curves: Curves) -> list[str]:
    """Which of the trained variants reconstructs best, size by size."""
    trained = {name: line for name, line in curves.items() if name != YARDSTICK}
    sizes = sorted({group.latent for line in trained.values() for group in line})
    sentences = []
    for size in sizes:
        there = [group for line in trained.values() for group in line if group.latent == size]
        if len(there) < 2:
            continue
        first, second, *_ = sorted(there, key=lambda group: group.mean("mse"))
        figures = f"{_figure(first, 'mse', '.5f')} against {_figure(second, 'mse', '.5f')}"
        if first.below(second, "mse"):
            said = f"{first.variant} reconstructs best, before {second.variant}: {figures}"
        else:
            said = f"{first.variant} and {second.variant} cannot be told apart: {figures}"
        sentences.append(f"With {size} numbers, {_after(there, capital=False)}, {said}.")
    return sentences


def _restoration(line: Sequence[Group], strength: str) -> str:
    """Which training restores best from noise of one strength, and whether that helps."""
    column = f"restored_sigma_{strength}_psnr"
    first, second, *_ = sorted(line, key=lambda group: -group.mean(column))
    noisy = first.mean(f"noisy_sigma_{strength}_psnr")
    which = (
        f"trained at {first.sigma}" if second.below(first, column) else f"trained at {first.sigma} or {second.sigma}"
    )
    helps = "" if min(first.values(column)) > noisy else ", no better than the images left as they are"
    return (
        f"Noise of σ = {strength}: {first.variant} {which} restores best, {_figure(first, column, '.2f')} dB "
        f"(next: {_figure(second, column, '.2f')} dB at {second.sigma}; the noisy images: {noisy:.2f} dB)"
        f"{helps}."
    )


def _figure(group: Group, column: str, form: str) -> str:
    """Mean and standard deviation, which a single seed does not have."""
    mean = format(group.mean(column), form)
    return f"{mean} ± {format(group.deviation(column), form)}" if len(group.trials) > 1 else mean


def _after(found: Sequence[Group], capital: bool = True) -> str:
    epochs = max(group.epochs for group in found)
    seeds = max(len(group.trials) for group in found)
    text = (
        f"after {epochs} epochs, with each of {seeds} seeds" if seeds > 1 else f"after {epochs} epochs, with one seed"
    )
    return text[0].upper() + text[1:] + "," if capital else text


def _joined(sizes: Sequence[int]) -> str:
    *most, last = map(str, sizes)
    return f"{', '.join(most)} and {last}" if most else last
