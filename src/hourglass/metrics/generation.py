"""Metrics of images decoded from random codes, interpolated codes and class means. See `hourglass.latent`."""

import torch
from torch import Tensor

from hourglass.metrics.registry import Family, Metric, Overview, register
from hourglass.samplers import SAMPLERS

SHOWN_SAMPLER = "mixture"  # the only sampler in the overview and in MLflow's run list


@Family("codes").metric("class means recognised", ".0%", better="higher")
def class_means_recognised(predictions: Tensor) -> float:
    """Share of classes whose mean code decodes to an image that the classifier assigns to that class.

    `predictions` (C,) holds the predicted class of the image decoded from the mean code of each of C classes.
    """
    return (predictions == torch.arange(len(predictions))).double().mean().item()


@Family("codes").metric("interpolations within a class", ".1%", better="higher")
def lines_within(predictions: Tensor, ends: Tensor) -> float:
    """Share of images decoded between the codes of two test images of a class that are classified as that class.

    Args:
        predictions: predicted classes (L, S) of S images decoded between each of L pairs of codes, excluding both ends.
        ends: labels (L, 2) of the test images at the ends.
    """
    return (predictions[:, :, None] == ends[:, None, :]).any(dim=2).double().mean().item()


@Family("codes").metric("interpolations between classes", ".1%", better="higher")
def lines_between(predictions: Tensor, ends: Tensor) -> float:
    """Share of images decoded between the codes of test images of two classes that are classified as one of the two.

    `predictions` (L, S) and `ends` (L, 2) have the same meaning as in `lines_within`.
    """
    return lines_within(predictions, ends)


for _name, _sampler in SAMPLERS.items():
    register(
        Metric(
            f"frechet_{_name}",
            f"Fréchet distance, {_name}",
            "Fréchet distance between real test images and images decoded from "
            f"{_sampler.description}, in classifier features.",
            ".1f",
            "codes",
            better="lower",
        )
    )
for _name in SAMPLERS:
    if _name != "prior":  # which is not fitted to codes
        _overview = Overview("Fréchet distance", ".1f", f"Fréchet distance: {_name} of codes.")
        register(
            Metric(
                f"in_domain_frechet_{_name}",
                f"in-domain Fréchet distance, {_name}",
                f"Fréchet distance, {_name}, with the sampler fitted to codes of training images under the variant's "
                "training corruption.",
                ".1f",
                "in_domain",
                better="lower",
                headline=_name == SHOWN_SAMPLER,
                overview=_overview if _name == SHOWN_SAMPLER else None,
            )
        )
