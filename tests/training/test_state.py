"""A resumed training run equals an uninterrupted one."""

from dataclasses import replace

import pytest
import torch
from shapes import IMAGE
from small import CPU, NETWORKS, NOISE, build, data_of, loss_of, run_all, spec_of

from hourglass import models, training
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec

EPOCHS = 4
SPEC = spec_of(EPOCHS, weight_decay=1e-4)
SPECS = {
    "warm-up and cosine": spec_of(EPOCHS, optimizer="adamw", schedule="cosine", warm_up=2),
    "momentum and steps": spec_of(EPOCHS, optimizer="sgd", schedule="step", step_epochs=2),
    "without momentum": spec_of(EPOCHS, optimizer="sgd", momentum=0.0),
    "early stopping": spec_of(EPOCHS, validation=0.2, patience=2),
    "early stopping after a warm-up": spec_of(EPOCHS, validation=0.2, patience=2, kl_warm_up=EPOCHS),
}


@pytest.mark.parametrize("epoch", [1, EPOCHS])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_resumed_run_equals_an_uninterrupted_one(digits: Images, network: str, epoch: int) -> None:
    data = data_of(digits.images[:150], NOISE)
    whole, first, second = (build(network) for _ in range(3))
    records = run_all(whole, data, SPEC)
    interrupted = training.run(first, data, SPEC, loss_of(first), 0, CPU)
    state = next(record for record in interrupted if record.epoch == epoch).state()
    rest = list(training.run(second, data, SPEC, loss_of(second), 0, CPU, state))
    assert [replace(record, images_per_second=0.0) for record in rest] == [
        replace(record, images_per_second=0.0) for record in records[epoch:]
    ]
    assert not second.training
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


@pytest.mark.parametrize("name", SPECS)
def test_a_resumed_run_with_other_settings_equals_an_uninterrupted_one(digits: Images, name: str) -> None:
    layers = {"latent": 3, "batch_norm": True, "dropout": 0.2, "encoder": {"dense": [12]}}
    whole, part = (models.build(NetworkSpec.model_validate(layers), IMAGE, seed=3) for _ in range(2))
    data, spec = data_of(digits.images[:150], NOISE), SPECS[name]
    records = [replace(record, images_per_second=0.0) for record in run_all(whole, data, spec)]
    interrupted = training.run(part, data, spec, "squared_error", 0, CPU)
    state = next(record for record in interrupted if record.epoch == 2).state()
    torch.manual_seed(0)  # dropout does not depend on the global generator
    rest = list(training.run(part, data, spec, "squared_error", 0, CPU, state))
    assert [replace(record, images_per_second=0.0) for record in rest] == records[2:]
    assert all(torch.equal(tensor, part.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_a_state_is_a_copy(digits: Images) -> None:
    model = build()
    records = training.run(model, data_of(digits.images[:150]), SPEC, "squared_error", 0, CPU)
    state = next(records).state()
    before = {name: tensor.clone() for name, tensor in state.items()}
    list(records)
    assert all(torch.equal(tensor, before[name]) for name, tensor in state.items())
    assert not all(torch.equal(tensor, state[f"model.{name}"]) for name, tensor in model.state_dict().items())
