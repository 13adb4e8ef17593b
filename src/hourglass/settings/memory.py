"""The memory that settings ask for at the least, by arithmetic alone: what a machine cannot hold is refused unbuilt."""

from collections.abc import Iterable, Mapping
from itertools import chain
from math import prod

from hourglass.datasets.registry import DataSet
from hourglass.models.sizes import IMAGE, Layer
from hourglass.models.spec import NetworkSpec

NUMBER = 4  # bytes of a float32
SNAPSHOTS = 1000  # test images of which a training keeps what each epoch makes of them, a byte a pixel
MEASURED = 1000  # images that go through a network at a time where there are no gradients
JUDGE_OUTPUTS = 16 * 14 * 14 + 32 * 7 * 7 + 128 + 10  # of the classifier's layers, for one image
BEYOND = 10**15  # bytes that no machine has

Need = Mapping[str, int]
"""Bytes that are held at one time, by what they are for."""


def of_training(spec: NetworkSpec, batch_size: int, epochs: int, data: DataSet) -> Need:
    """What a step of Adam takes in the last epoch."""
    batch_size = min(batch_size, data.training_images)
    return {
        "weights, gradients and Adam's moments": 4 * NUMBER * parameters(spec),
        f"a batch of {batch_size} in every layer": _with_gradients(spec, batch_size),
        f"the reconstructions kept of {epochs} epochs": epochs * min(SNAPSHOTS, data.test_images) * prod(IMAGE),
    }


def of_measuring(spec: NetworkSpec) -> Need:
    """What a trained network takes where there are no gradients."""
    widest = max(prod(layer.output) for layer in _layers(spec))
    return {"weights": NUMBER * parameters(spec), f"{MEASURED} images in the widest layer": NUMBER * MEASURED * widest}


def of_codes(latent: int, images: int) -> Need:
    """What is asked of the codes of all training images."""
    return {"the codes of all training images": NUMBER * images * latent, "the covariance of the codes": 8 * latent**2}


def of_descent(spec: NetworkSpec, images: int) -> Need:
    """What a step of gradient descent with all `images` takes."""
    return {
        "weights and gradients": 2 * NUMBER * parameters(spec),
        f"{images} images in every layer": _with_gradients(spec, images),
    }


def of_classifier(batch_size: int, images: int) -> Need:
    """What a step of the classifier takes."""
    batch_size = min(batch_size, images)
    return {f"a batch of {batch_size} in every layer": 2 * NUMBER * batch_size * JUDGE_OUTPUTS}


def parameters(spec: NetworkSpec) -> int:
    """Weights and biases of a network."""
    return sum(_weights(layer) for layer in _layers(spec))


def beyond(needs: Iterable[Need], memory: int) -> str | None:
    """What is said where a machine of `memory` bytes cannot meet one of these needs."""
    for need in needs:
        total = sum(need.values())
        if total > memory:
            most = max(need, key=lambda what: need[what])
            needed, there = _gigabytes(total), _gigabytes(memory)
            return f"would need {needed} of memory, most of it for {most}; this machine has {there}"
    return None


def _gigabytes(number: int) -> str:
    if number >= BEYOND:
        return "more than a million GB"
    return f"{number / 1e9:,.{0 if number >= 10e9 else 1}f} GB"


def _with_gradients(spec: NetworkSpec, images: int) -> int:
    return 2 * NUMBER * images * sum(prod(layer.output) for layer in _layers(spec))


def _layers(spec: NetworkSpec) -> list[Layer]:
    return list(chain(*spec.layers()))


def _weights(layer: Layer) -> int:
    if layer.convolution is None:
        return (prod(layer.input) + 1) * prod(layer.output)
    return (layer.input[0] * layer.convolution.kernel**2 + 1) * layer.output[0]
