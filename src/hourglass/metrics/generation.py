"""Metrics of images decoded from sampled codes and from class means. `hourglass.latent` computes their values."""

import torch
from torch import Tensor

from hourglass.metrics.registry import Family, Metric, Overview, register
from hourglass.samplers import SAMPLERS

EXAMPLE_SAMPLER = "gaussian"  # the only sampler in the overview and in MLflow's run list


@Family("codes").metric("class means recognised", ".0%", better="higher")
def class_means_recognised(predictions: Tensor) -> float:
    """Share of classes whose mean code decodes to an image that the classifier assigns to that class."""
    return (predictions == torch.arange(len(predictions))).double().mean().item()


for _name, _sampler in SAMPLERS.items():
    _example = _name == EXAMPLE_SAMPLER
    register(
        Metric(
            f"frechet_{_name}",
            f"Fréchet distance, {_name}",
            "Fréchet distance between real test images and images decoded from "
            f"{_sampler.description}, in classifier features.",
            ".1f",
            "codes",
            better="lower",
            headline=_example,
            overview=Overview("Fréchet distance", ".1f", f"Fréchet distance: {_name} sampler.") if _example else None,
        )
    )
