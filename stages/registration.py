"""Put the comparison on MLflow's record, and the best networks where they can be served by name."""

from collections.abc import Mapping

from hourglass import comparison, models, tracking
from hourglass.settings.params import Params
from stages.paths import MODELS
from stages.trainings import add_results


def register(params: Params, rows: Mapping[str, comparison.Row]) -> None:
    """Add each variant's row of the comparison to its MLflow run; register the best network for each purpose.

    Networks of earlier trainings compete too, as long as they were measured on the same test images.
    """
    for variant, row in rows.items():
        model = models.load(MODELS / f"{variant}.safetensors")
        # the run's own setting may be another: clean variants are not trained again when the noise changes
        add_results(params, variant, model, "compare", {**row, "noise_sigma": params.noise.sigma})
    for goal, words in goals(params):
        best = tracking.register_best(params.data.dataset, goal)
        if best is None:
            print(f"not registered: a network for {goal.purpose}, as none is on record that has not collapsed")
        else:
            value = words.format(best.value)
            print(f"registered: {best.name}@{best.alias} is {best.run}, {value} (version {best.version})")


def goals(params: Params) -> list[tuple[tracking.Goal, str]]:
    """What the best networks are best at, and how the figure is put in words."""
    reconstruction = tracking.Goal("reconstruction", "compare.mse", smallest=True)
    # PSNR; comparable only between networks that were given equally strong noise
    noise = {"compare.noise_sigma": params.noise.sigma}
    denoising = tracking.Goal("denoising", "compare.gaussian", smallest=False, same=noise)
    return [(reconstruction, "test MSE {:.4f}"), (denoising, "Gaussian noise restored at {:.2f} dB")]
