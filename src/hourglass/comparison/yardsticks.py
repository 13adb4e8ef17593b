"""What variants are held against, as rows of the same tables."""

from hourglass.metrics import Row
from hourglass.records import Baselines


def yardsticks(baselines: Baselines, floor: float) -> dict[str, Row]:
    """Rows by name, each with the figures alone that it has.

    floor: Fréchet distance of real training images from real test images.
    """
    corrupted = baselines.corrupted
    rows: dict[str, Row] = {
        "the images themselves": {
            **{name: of.input["psnr"] for name, of in corrupted.items()},
            "class_kept": baselines.originals["class_kept"],
            "verdict_kept": 1.0,
        },
        "best linear filter": {name: of.linear_filter["psnr"] for name, of in corrupted.items()},
        "best linear filter, clipped": {name: of.linear_filter_clipped["psnr"] for name, of in corrupted.items()},
    }
    for size in sorted({int(size) for of in corrupted.values() for size in of.reduced_rank}):
        rows[f"best linear map of rank {size}"] = {
            "latent": size,
            **{name: of.reduced_rank[str(size)]["psnr"] for name, of in corrupted.items()},
        }
    ways = ("prior", "gaussian", "mixture", "uniform")
    return rows | {"real training images": {f"frechet_{way}": floor for way in ways}}
