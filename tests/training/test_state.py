"""A training that goes on where another left off."""

from dataclasses import replace

import pytest
import torch
from small import CLEAN, CPU, NETWORKS, NOISE, build, data_of, loss_of, run_all, spec_of

from hourglass import training
from hourglass.corruptions import Corruption
from hourglass.images import Images
from hourglass.models import Autoencoder
from hourglass.training import EpochRecord

EPOCHS = 5


def broken_off(model: Autoencoder, images: torch.Tensor, corruption: Corruption, epoch: int) -> EpochRecord:
    """The record of an epoch, after which nothing more is done."""
    records = training.run(model, data_of(images, corruption), SPEC, loss_of(model), 0, CPU)
    return next(record for record in records if record.epoch == epoch)


SPEC = spec_of(EPOCHS, weight_decay=1e-4)


@pytest.mark.parametrize("epoch", [1, 3, EPOCHS])
@pytest.mark.parametrize("corruption", [CLEAN, NOISE])
@pytest.mark.parametrize("network", NETWORKS)
def test_it_ends_as_if_it_had_never_been_broken_off(
    digits: Images, network: str, corruption: Corruption, epoch: int
) -> None:
    images = digits.images[:150]
    whole, first, second = (build(network) for _ in range(3))
    records = run_all(whole, data_of(images, corruption), SPEC)
    left = broken_off(first, images, corruption, epoch).state()
    rest = list(training.run(second, data_of(images, corruption), SPEC, loss_of(second), 0, CPU, left))
    assert [replace(record, images_per_second=0.0) for record in rest] == [
        replace(record, images_per_second=0.0) for record in records[epoch:]
    ]
    assert not second.training
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_a_state_is_a_copy_that_further_epochs_leave_alone(digits: Images) -> None:
    model, images = build(), digits.images[:150]
    records = training.run(model, data_of(images), SPEC, "squared_error", 0, CPU)
    state = next(records).state()
    before = {name: tensor.clone() for name, tensor in state.items()}
    list(records)
    assert all(torch.equal(tensor, before[name]) for name, tensor in state.items())
    assert not all(torch.equal(tensor, state[f"model.{name}"]) for name, tensor in model.state_dict().items())
