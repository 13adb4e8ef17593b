"""Decoding of class means, midpoints of class means and random codes, and metrics of the decoded images."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from hourglass import models
from hourglass.corruptions import TrainingInputs
from hourglass.images import MOST_CLASSES, to_uint8
from hourglass.latent import interpolation
from hourglass.latent.context import Context, grid_to_uint8
from hourglass.metrics.generation import class_means_recognised
from hourglass.randomness import derive
from hourglass.samplers import SAMPLERS

FITTED = 10_000  # training images to whose codes distributions are fitted
EXAMPLES = 10  # generated images per sampler that are stored


def decode_means_and_samples(context: Context, train: Tensor) -> tuple[dict[str, float], dict[str, Any]]:
    """Decode class means and random codes, and score the decoded images.

    Args:
        context: model, test images and classifier.
        train: clean training images, uint8 (N, C, H, W), to whose codes the samplers of random codes are fitted.

    Returns:
        Metrics keyed by name, and codes, images and predicted classes keyed by field of `LatentImages`.
    """
    metrics, mixtures = {}, torch.zeros(0, 0, *context.test.shape)
    of_mixtures, of_means = torch.zeros(0, 0, dtype=torch.uint8), torch.zeros(0, dtype=torch.uint8)
    if context.test.labelled:
        mixtures, of_mixtures, of_means = _decode_means(context)
        metrics["class_means_recognised"] = class_means_recognised(of_means)
        metrics |= interpolation.line_agreement(context)
    samples = sample(context, train)
    generated = {}
    for name, codes in samples.items():
        images = models.decode(context.model, codes)
        metrics[f"frechet_{name}"] = context.frechet(images)
        generated[name] = to_uint8(images[:EXAMPLES])
    return metrics, {
        "mixtures": grid_to_uint8(mixtures),
        "mixture_predictions": of_mixtures,
        "mean_predictions": of_means,
        "generated": generated,
        "generated_codes": {name: codes[:EXAMPLES] for name, codes in samples.items()},
    }


def _decode_means(context: Context) -> tuple[Tensor, Tensor, Tensor]:
    """Decode and classify the class means and the midpoints between them.

    Returns:
        Decoded midpoints (M, M, C, H, W) of all pairs of the first M ≤ 20 class means, their predicted classes (M, M),
        and the predicted classes of all decoded class means.
    """
    means = interpolation.class_means(context.codes, context.test.labels, len(context.test.classes))
    shown, others = means[:MOST_CLASSES], means[MOST_CLASSES:]
    grid = context.decode(interpolation.mixtures(shown))
    predictions = context.classifier.predict(grid.flatten(0, 1)).unflatten(0, grid.shape[:2])
    of_others = context.classifier.predict(models.decode(context.model, others)) if len(others) else predictions[0, :0]
    return grid, predictions, torch.cat([predictions.diagonal(), of_others])


def in_domain_frechet(context: Context, inputs: TrainingInputs, clean: Mapping[str, float]) -> dict[str, float]:
    """Return Fréchet distances to the test images for samplers fitted to codes of corrupted training images.

    Each sampler draws random codes, which are decoded to images and compared with the clean test images. The prior is
    omitted because it is not fitted.

    Args:
        context: model, clean test images and Fréchet distance.
        inputs: images under the training corruption, of which only the training images are used.
        clean: metrics such as `frechet_gaussian`, the distances for samplers fitted to codes of clean training images.
            If the training corruption is `none`, these distances are returned.

    Returns:
        Distances with keys such as `in_domain_frechet_gaussian`.
    """
    samplers = [name for name in SAMPLERS if name != "prior"]
    if inputs.clean:
        return {f"in_domain_frechet_{name}": clean[f"frechet_{name}"] for name in samplers}
    samples = sample(context, inputs.train)
    images = {name: models.decode(context.model, samples[name]) for name in samplers}
    return {f"in_domain_frechet_{name}": context.frechet(decoded) for name, decoded in images.items()}


def sample(context: Context, train: Tensor) -> dict[str, Tensor]:
    """Fit samplers to codes of training images, and draw random codes (M, K), keyed by sampler.

    The codes are those of the first 10,000 images in `train`, uint8 (N, C, H, W). M is the number of test images.
    Samplers that the model does not support are omitted.
    """
    codes, seed = models.encode(context.model, train[:FITTED]), derive(context.seed, "generation")
    count = len(context.test.images)
    drawn = {name: sampler.draw(context.model, codes, count, seed) for name, sampler in SAMPLERS.items()}
    return {name: samples for name, samples in drawn.items() if samples is not None}
