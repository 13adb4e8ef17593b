"""Put the comparison on MLflow's record, and the best networks where they can be served by name."""

from collections.abc import Mapping

from hourglass.records import ComparisonSummary
from hourglass.tracking import trainings
from hourglass.tracking.registry import Goal, register_best


def register(compared: ComparisonSummary) -> list[str]:
    """Add each variant's row of the comparison to its run; register the best network for each purpose.

    Networks of earlier comparisons on the same data set compete too. What stages could not log, as MLflow was not to
    be reached, is added as well. Returns what was registered, in words. Raises UnreachableError.
    """
    for variant, row in compared.variants.items():
        trainings.add_missing(variant)
        trainings.add_comparison(variant, row, compared.strengths["sigma"])
    return [_registered(compared.dataset, goal, words) for goal, words in goals(compared.strengths)]


def _registered(dataset: str, goal: Goal, words: str) -> str:
    best = register_best(dataset, goal)
    if best is None:
        return f"not registered: a network for {goal.purpose}, as none is on record that has not collapsed"
    value = words.format(best.value)
    return f"registered: {best.name}@{best.alias} is {best.run}, {value} (version {best.version})"


def goals(strengths: Mapping[str, float]) -> list[tuple[Goal, str]]:
    """What the best networks are best at, and how the figure is put in words."""
    reconstruction = Goal("reconstruction", "compare.mse", smallest=True)
    # PSNR; comparable only between networks that were given equally strong noise
    noise = {"compare.noise_sigma": strengths["sigma"]}
    denoising = Goal("denoising", "compare.gaussian", smallest=False, same=noise)
    return [(reconstruction, "test MSE {:.4f}"), (denoising, "Gaussian noise restored at {:.2f} dB")]
