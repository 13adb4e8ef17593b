"""Engines train the same network to similar errors."""

from pathlib import Path

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from benchmarks import plain
from benchmarks.engines import ENGINES, torchvision_dataset
from benchmarks.processes import measure, measure_together
from benchmarks.worker import test_mse as mse_on_test_set
from benchmarks.workload import Task, prepare
from hourglass import models
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.settings.params import load

PARAMS = load(Path(__file__).parents[2] / "params.yaml")
TRAINABLE = {name: (v.network, v.loss) for name, v in PARAMS.variants.items() if isinstance(v.network, NetworkSpec)}
INSTALLED = ("hourglass", "sheets-0", "in-memory")  # in the project's environment; workers take seconds


@pytest.mark.usefixtures("workspace")
def test_engines_reach_similar_errors() -> None:
    workload = prepare(Task("hourglass", "linear", 600, threads=1, epochs=3))
    untrained = mse_on_test_set(models.build(workload.network, IMAGE, workload.seed), workload)
    errors = {}
    for engine in INSTALLED:
        trained = ENGINES[engine](workload)
        assert len(trained.epoch_seconds) == 3
        errors[engine] = mse_on_test_set(trained.network, workload)
    assert max(errors.values()) < 0.8 * untrained
    assert max(errors.values()) < 1.15 * min(errors.values()), errors  # shuffling differs


def batch(images: Images) -> tuple[Tensor, Tensor]:
    targets = to_float(images.images[:12])
    noise = 0.1 * torch.randn(targets.shape, generator=torch.Generator().manual_seed(1))
    return (targets + noise).clamp(0, 1), targets


@pytest.mark.parametrize("name", TRAINABLE)
def test_plain_networks_have_equal_outputs_losses_and_gradients(
    name: str, digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, loss = TRAINABLE[name]
    project = models.build(spec, IMAGE, seed=5)
    assert isinstance(project, Autoencoder)
    project.initialise_output(0.3)
    project = project.to(memory_format=torch.channels_last)
    network = plain.build(spec, loss, 5, 0.3)
    inputs, targets = batch(digits)
    assert torch.allclose(network(inputs), project(inputs), atol=1e-5)

    noise = torch.randn(len(inputs), spec.latent, generator=torch.Generator().manual_seed(2))
    monkeypatch.setattr(plain.PlainVariational, "noise", lambda self, mean: noise)
    monkeypatch.setattr(torch, "randn", lambda *_, **__: noise)
    expected, _ = LOSSES[loss](project, inputs, targets, torch.Generator())
    actual = network.loss(inputs, targets)
    assert actual.item() == pytest.approx(expected.item(), rel=1e-5)
    expected.backward()
    actual.backward()
    gradients = {key: parameter.grad for key, parameter in project.named_parameters()}
    for key, parameter in network.named_parameters():
        scale = gradients[key].abs().max().clamp(min=1e-8)
        assert (parameter.grad - gradients[key]).abs().max() < 1e-4 * scale, key


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(UserError, match="no plain network with loss huber; known are squared_error, elbo"):
        plain.build(TRAINABLE["linear"][0], "huber", 0, 0.5)


def test_torchvision_reads_the_same_images(tmp_path: Path, digits: Images) -> None:
    dataset = torchvision_dataset(digits.images[:20], tmp_path)
    assert len(dataset) == 20
    assert torch.equal(dataset[7][0], digits.images[7].float() / 255)


@pytest.mark.usefixtures("workspace")
def test_tasks_are_measured_together() -> None:
    task = Task("hourglass", "linear", 300, threads=1, epochs=20, test=True)
    first, second = measure_together([task, task])
    assert first.test_mse == second.test_mse is not None
    assert max(first.start, second.start) < min(first.end, second.end)
    assert sum(first.epoch_seconds) <= first.end - first.start


@pytest.mark.usefixtures("workspace")
def test_a_failed_measurement_is_one_message(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"hourglass failed on nonsense: .*nonsense"):
        measure(Task("hourglass", "nonsense", 10, threads=1))
    capfd.readouterr()
