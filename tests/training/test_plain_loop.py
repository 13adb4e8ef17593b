"""The engine against the loop that anyone would write: torch's own layers, no tricks."""

from pathlib import Path

import pytest
import torch

from benchmarks import plain
from hourglass import models, training
from hourglass.corruptions import Corruption, Inputs
from hourglass.images import Images, mean_pixel, to_float
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator
from hourglass.settings.params import load
from hourglass.training import TrainingData

PARAMS = load(Path("params.yaml"))
TRAINED = [name for name, variant in PARAMS.variants.items() if variant.train is not None]
EPOCHS, SEED = 3, 2


@pytest.mark.parametrize("name", TRAINED)
def test_losses_are_those_of_a_plain_loop(digits: Images, name: str) -> None:
    variant = PARAMS.variant(name)
    assert isinstance(variant.network, NetworkSpec)
    assert variant.train is not None
    images = digits.images[:640]
    corruption = Corruption.of(variant.corruption, PARAMS.strengths())
    spec = variant.train.model_copy(update={"epochs": EPOCHS, "batch_size": 64})
    data = TrainingData(images, corruption, images, Inputs(images, Corruption("none")))
    model = models.build(variant.network, SEED)
    records = training.run(model, data, spec, variant.loss, SEED, torch.device("cpu"))
    found = [record.train_mse for record in records]

    network = plain.build(variant.network, variant.loss, SEED, mean_pixel(images))
    shuffling, noise, sampling = (generator(SEED, use) for use in ("shuffling", "noise", "sampling"))
    if isinstance(network, plain.PlainVariational):
        network.noise = lambda mean: torch.randn(mean.shape, generator=sampling)  # type: ignore[method-assign]
    optimizer = torch.optim.Adam(network.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay)
    means = []
    for _ in range(EPOCHS):
        total = 0.0
        for chosen in torch.randperm(len(images), generator=shuffling).split(spec.batch_size):
            targets = to_float(images[chosen])
            inputs = corruption.apply(targets, noise)
            if not isinstance(network, plain.PlainVariational):
                total += (network(inputs) - targets).square().mean().item() * len(chosen)
            optimizer.zero_grad()
            loss = network.loss(inputs, targets)
            loss.backward()
            optimizer.step()
        means.append(total / len(images))
    if isinstance(network, plain.PlainVariational):  # its loss draws: the networks are compared instead
        codes = model.encode(to_float(images))
        assert codes.sub(network.encoder(to_float(images)).chunk(2, dim=1)[0]).abs().max() < 1e-2 * codes.abs().max()
    else:
        assert found == pytest.approx(means, rel=1e-3)
