"""The training loop against the loop that anyone would write: torch's own layers, no optimisation."""

import pytest
import torch
from committed import PARAMS, VARIANTS
from shapes import IMAGE

from benchmarks import plain
from hourglass import models, training
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.images import Images, mean_pixel, to_float, to_uint8
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator
from hourglass.training import TrainingData

EPOCHS, SEED = 2, 2
NAMES = ("linear", "convolutional", "denoising_vae", "strided", "selu_denoising")


@pytest.mark.parametrize(("name", "fresh"), [*((name, True) for name in NAMES), ("denoising", False)])
def test_losses_equal_those_of_a_plain_loop(digits: Images, name: str, fresh: bool) -> None:
    variant = VARIANTS[name]
    assert isinstance(variant.network, NetworkSpec)
    assert variant.train is not None
    images = digits.images[:310]  # the last batch is smaller: errors are pooled over images
    corruption = Corruption.of(variant.corruption, PARAMS.strengths())
    spec = variant.train.model_copy(update={"epochs": EPOCHS, "batch_size": 64, "weight_decay": 0.01})
    fixed = to_uint8(corruption.apply(to_float(images), generator(SEED, "fixed")))
    data = TrainingData(images, corruption if fresh else fixed, images, CorruptedImages(images, Corruption("none")))
    model = models.build(variant.network, IMAGE, SEED)
    records = list(training.run(model, data, spec, variant.loss, SEED, torch.device("cpu")))

    network = plain.build(variant.network, variant.loss, SEED, mean_pixel(images))
    shuffling, noise, sampling = (generator(SEED, use) for use in ("shuffling", "noise", "sampling"))
    if isinstance(network, plain.PlainVariational):
        network.noise = lambda mean: torch.randn(mean.shape, generator=sampling)  # type: ignore[method-assign]
    optimizer = torch.optim.Adam(network.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay)
    means = []
    for _ in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(len(images), generator=shuffling).split(spec.batch_size):
            targets = to_float(images[batch])
            inputs = corruption.apply(targets, noise) if fresh else to_float(fixed[batch])
            if not isinstance(network, plain.PlainVariational):
                total += (network(inputs) - targets).square().mean().item() * len(batch)
            optimizer.zero_grad()
            loss = network.loss(inputs, targets)
            loss.backward()
            optimizer.step()
        means.append(total / len(images))
    if isinstance(network, plain.PlainVariational):  # its error needs further samples, so weights are compared by codes
        codes = model.encode(to_float(images))
        expected = network.encoder(to_float(images)).chunk(2, dim=1)[0]
        assert (codes - expected).abs().max() < 1e-2 * codes.abs().max()
    else:
        assert [record.train_mse for record in records] == pytest.approx(means, rel=1e-3)
