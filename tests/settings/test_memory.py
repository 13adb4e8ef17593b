"""What settings ask of the machine, by arithmetic, against what torch holds; and what is said where it is too much."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hourglass import classifier, models
from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.evaluation.complexity import parameters
from hourglass.models import inference
from hourglass.models.spec import NetworkSpec
from hourglass.settings import memory, params
from hourglass.settings.validation import Machine

Changed = Callable[[dict[str, Any]], Path]
PARAMS = params.load(Path(__file__).parents[2] / "params.yaml")
NETWORKS = {name: v.network for name, v in PARAMS.variants.items() if isinstance(v.network, NetworkSpec)}
LINEAR, STRIDED = "variants.linear", "variants.strided"
OURS = Machine(25 * 10**9, cuda=False)


def _outputs(module: nn.Module, images: torch.Tensor) -> int:
    """Numbers that a module's weight layers put out for a batch."""
    sizes: list[int] = []
    for layer in module.modules():
        if next(layer.parameters(recurse=False), None) is not None:
            layer.register_forward_hook(lambda _, __, output: sizes.append(output.numel()))
    module(images)
    return sum(sizes)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_and_outputs_are_those_of_the_network(name: str) -> None:
    spec = NETWORKS[name]
    model = models.build(spec)
    assert memory.parameters(spec) == parameters(model)
    need = list(memory.of_training(spec, batch_size=3, epochs=5, data=DATASETS["mnist"]).values())
    assert need[0] == 4 * 4 * parameters(model)  # weight, gradient, two moments: four bytes each
    assert need[1] == 2 * 4 * _outputs(model, torch.rand(3, 1, 28, 28))  # and the gradients of the outputs
    assert need[2] == 5 * course.SNAPSHOTS * 28 * 28


def test_the_judges_layers_are_counted() -> None:
    (need,) = memory.of_classifier(7, 60_000).values()
    assert need == 2 * 4 * _outputs(classifier.build(0), torch.rand(7, 1, 28, 28))


def test_what_is_said_of_other_rooms_is_so() -> None:
    assert (memory.SNAPSHOTS, memory.MEASURED) == (course.SNAPSHOTS, inference.BATCH)


def test_a_batch_is_no_larger_than_the_data_set(changed_params: Changed) -> None:
    spec = NETWORKS["linear"]
    whole, beyond = (list(memory.of_training(spec, size, 1, DATASETS["digits"]).values()) for size in (1297, 10**9))
    assert whole == beyond
    changes = {f"{STRIDED}.train.batch_size": 10**9, "classifier.batch_size": 10**9, "sgd_variants.images": 10**9}
    params.load(changed_params(changes | {"data.dataset": "digits", "sweep.grids": {}}), Machine(2 * 10**9, cuda=False))


ABSURD = {
    "code": (
        {f"{LINEAR}.network.latent": 10**9},
        r"variants\.linear: it would need 1,424 GB of memory, most of it for a batch of 128 in every layer; this",
        r"variants\.linear: in sgd-variants it would need 32,\d00 GB of memory, most of it for 4000 images in every",
    ),
    "codes of all images": (
        {f"{STRIDED}.network.latent": 100_000},
        r"variants\.strided: it would need 104 GB of memory, most of it for the covariance of the codes; this",
    ),
    "dense layer": (
        {"variants.selu.network.encoder.dense": [10**8]},
        r"variants\.selu: it would need 2,\d+ GB of memory, most of it for weights",
    ),
    "channels": (
        {f"{STRIDED}.network.encoder.convolutions": [{"channels": 10**6, "kernel": 5}]},
        r"variants\.strided: it would need .* most of it for a batch of 32 in every layer",
    ),
    "kernel": (
        {f"{STRIDED}.network.encoder.convolutions": [{"channels": 10**5, "kernel": 3}] * 2},
        r"variants\.strided: it would need [\d,]+ GB of memory, most of it for weights",
    ),
    "epochs": (
        {f"{LINEAR}.train.epochs": 10**6},
        r"variants\.linear: it would need 784 GB of memory, most of it for the reconstructions kept of 1000000 epochs",
    ),
    "batch": (
        {"variants.convolutional.train.batch_size": 10**9, "variants.convolutional.network.encoder.dense": [9] * 9999},
        r"variants\.convolutional: it would need 5\d GB of memory, most of it for a batch of 60000 in every layer",
    ),
    "number with no end": (
        {f"{LINEAR}.network.latent": 10**400},
        "variants.linear: it would need more than a million GB",
        "variants.linear: in sgd-variants it would need more than a million GB",
    ),
}


@pytest.mark.parametrize("what", ABSURD)
def test_what_the_machine_cannot_hold_is_refused_with_what_it_would_need(changed_params: Changed, what: str) -> None:
    changes, *sentences = ABSURD[what]
    with pytest.raises(UserError) as caught:
        params.load(changed_params(changes), OURS)
    found = str(caught.value).splitlines()
    assert len(found) == len(sentences)
    for line, sentence in zip(found, sentences, strict=True):
        assert re.search(sentence, line), line
        assert line.endswith("this machine has 25 GB")


def test_an_override_that_the_machine_cannot_hold_is_named(changed_params: Changed) -> None:
    with pytest.raises(UserError) as caught:
        params.load(changed_params({"train.epochs": 10**6, "train.batch_size": 8}), OURS)
    found = str(caught.value).splitlines()
    assert len(found) == len(NETWORKS)
    assert all(
        ": with the overrides (train.epochs: 1000000, train.batch_size: 8), it would need 784 GB" in line
        for line in found
    )


def test_the_judges_batch_is_held_against_the_machine(changed_params: Changed) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: classifier: it would need 2\.3 GB of memory, most of it for"):
        params.load(changed_params({"classifier.batch_size": 10**6}), Machine(10**9, cuda=False))


def test_gradient_descent_with_all_images_is_held_against_the_machine(changed_params: Changed) -> None:
    with pytest.raises(UserError, match=r"variants\.linear: in sgd-variants it would need 0\.6 GB .* for 60000 images"):
        params.load(changed_params({"sgd_variants.images": 10**6}), Machine(4 * 10**8, cuda=False))


def test_what_is_committed_asks_for_little(changed_params: Changed) -> None:
    params.load(changed_params({}), Machine(10**9, cuda=False))


def test_without_a_machine_nothing_is_held_against_one(changed_params: Changed) -> None:
    assert params.load(changed_params({f"{LINEAR}.network.latent": 10**9})).variant("linear").network.latent == 10**9
