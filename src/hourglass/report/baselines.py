"""Baselines as rows of the tables, and the best linear autoencoder of every latent dimension."""

from collections.abc import Mapping

from hourglass.metrics import Row
from hourglass.records import Baselines
from hourglass.records.base import Metrics
from hourglass.samplers import SAMPLERS

LINEAR_KEYS = ("mse", "gaussian_psnr")  # metrics for which a best linear map is known


def baseline_rows(baselines: Baselines, frechet_training_images: float) -> dict[str, Row]:
    """Return rows by name of baseline, each with the metrics that the baseline has.

    Args:
        baselines: their metrics.
        frechet_training_images: Fréchet distance between real training and real test images.
    """
    of = baselines.corrupted
    classified = {"label_accuracy": baselines.originals["label_accuracy"], "prediction_agreement": 1.0}
    rows: dict[str, Row] = {
        "unprocessed images": {**_denoised({name: one.input for name, one in of.items()}), **classified},
        "best linear filter": _denoised({name: one.linear_filter for name, one in of.items()}),
        "best linear filter, clipped": _denoised({name: one.linear_filter_clipped for name, one in of.items()}),
    }
    for rank in sorted({int(rank) for one in of.values() for rank in one.reduced_rank}):
        denoised = _denoised({name: one.reduced_rank[str(rank)] for name, one in of.items()})
        rows[f"best linear map of rank {rank}"] = {"latent_dim": rank, **denoised}
    return rows | {"real training images": {f"frechet_{name}": frechet_training_images for name in SAMPLERS}}


def best_linear(baselines: Baselines) -> dict[str, list[tuple[int, float]]]:
    """Return, by metric key, (latent dimension, value) of the best linear map through a code of that dimension."""
    mse = {int(rank): scores.clean["mse"] for rank, scores in baselines.pca.items()}
    psnr = {int(rank): scores["psnr"] for rank, scores in baselines.corrupted["gaussian"].reduced_rank.items()}
    return dict(zip(LINEAR_KEYS, (sorted(mse.items()), sorted(psnr.items())), strict=True))


def _denoised(scores: Mapping[str, Metrics]) -> dict[str, float]:
    """Return scores by corruption as a row with keys such as `gaussian_psnr`."""
    return {f"{name}_{key}": value for name, of in scores.items() for key, value in of.items()}
