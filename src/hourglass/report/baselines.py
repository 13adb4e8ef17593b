"""What variants are held against, as rows of the same tables."""

from collections.abc import Mapping

from hourglass.metrics import EXAMPLE_CORRUPTION, Row
from hourglass.records import Baselines, Metrics as Scores

WAYS = ("prior", "gaussian", "mixture", "uniform")  # of drawing codes


def yardsticks(baselines: Baselines, floor: float) -> dict[str, Row]:
    """Rows by name, each with the figures alone that it has.

    floor: Fréchet distance of real training images from real test images.
    """
    corrupted = baselines.corrupted
    own = {"label_accuracy": baselines.originals["label_accuracy"], "prediction_agreement": 1.0}
    rows: dict[str, Row] = {
        "the images themselves": {**_restored({name: of.input for name, of in corrupted.items()}), **own},
        "best linear filter": _restored({name: of.linear_filter for name, of in corrupted.items()}),
        "best linear filter, clipped": _restored({name: of.linear_filter_clipped for name, of in corrupted.items()}),
    }
    for size in sorted({int(size) for of in corrupted.values() for size in of.reduced_rank}):
        mapped = _restored({name: of.reduced_rank[str(size)] for name, of in corrupted.items()})
        rows[f"best linear map of rank {size}"] = {"latent": size, **mapped}
    return rows | {"real training images": {f"frechet_{way}": floor for way in WAYS}}


def linear_codes(baselines: Baselines) -> dict[str, list[tuple[int, float]]]:
    """What the best linear map through a code of each size reaches, by metric: (size, figure), the smallest first."""
    kept = {int(size): of.clean["mse"] for size, of in baselines.pca.items()}
    mapped = {int(size): of["psnr"] for size, of in baselines.corrupted[EXAMPLE_CORRUPTION].reduced_rank.items()}
    return {"mse": sorted(kept.items()), EXAMPLE_CORRUPTION: sorted(mapped.items())}


def _restored(found: Mapping[str, Scores]) -> dict[str, float]:
    """By corruption, what became of the corrupted images, in the columns for that."""
    levels = {name: scores["psnr"] for name, scores in found.items()}
    return levels | {f"{EXAMPLE_CORRUPTION}_ssim": found[EXAMPLE_CORRUPTION]["ssim"]}
