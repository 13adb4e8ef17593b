"""Metrics of images decoded from codes that belong to no image; computed by `hourglass.latent`."""

import torch
from torch import Tensor

from hourglass.metrics.registry import Metric, Overview, register, reported
from hourglass.samplers import SAMPLERS

EXAMPLE_SAMPLER = "gaussian"  # stands for all samplers where there is room for one


@reported("class means recognised", ".0%", "codes", better="higher")
def class_means_recognised(predictions: Tensor) -> float:
    """Share of classes whose mean code decodes to an image that the classifier assigns to that class.

    Args:
        predictions: class of the decoded mean code of every class, in order, (C,).
    """
    return (predictions == torch.arange(len(predictions))).double().mean().item()


for _name, _sampler in SAMPLERS.items():
    _example = _name == EXAMPLE_SAMPLER
    _caption = f"Fréchet distance: of images decoded from samples of the {_name} sampler."
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
            overview=Overview("Fréchet distance", ".1f", _caption) if _example else None,
        )
    )
