"""The peers' network is the project's: the same outputs, losses and gradients from the same weights."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmarks import plain
from hourglass import models
from hourglass.corruptions import CORRUPTIONS, Corruption, CorruptionKind
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES, elbo
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.settings.params import load

PARAMS = load(Path(__file__).parents[2] / "params.yaml")
TRAINED = {name: (v.network, v.loss) for name, v in PARAMS.variants.items() if isinstance(v.network, NetworkSpec)}
Pair = tuple[Autoencoder, plain.PlainAutoencoder, str]


@pytest.fixture(params=TRAINED)
def pair(request: pytest.FixtureRequest) -> Pair:
    """The project's network of a variant and the plain one, started alike, and their loss."""
    spec, loss = TRAINED[request.param]
    project = models.build(spec, seed=5)
    assert isinstance(project, Autoencoder)
    project.initialise_output(0.3)
    return project.to(memory_format=torch.channels_last), plain.build(spec, loss, 5, 0.3), loss


def _batch(images: Images) -> tuple[Tensor, Tensor]:
    targets = to_float(images.images[:12])
    return (targets + 0.1 * torch.randn(targets.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1), targets


def test_outputs_are_equal(pair: Pair, digits: Images) -> None:
    inputs, _ = _batch(digits)
    project, peer, _ = pair
    assert torch.allclose(peer(inputs), project(inputs), atol=1e-5)


def test_losses_and_gradients_are_equal(pair: Pair, digits: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, targets = _batch(digits)
    project, peer, name = pair
    fixed = torch.randn(len(inputs), project.spec.latent, generator=torch.Generator().manual_seed(2))
    monkeypatch.setattr(plain.PlainVariational, "noise", lambda self, mean: fixed)
    monkeypatch.setattr(elbo.torch, "randn", lambda *_, **__: fixed)
    loss, _ = LOSSES[name](project, inputs, targets, torch.Generator())
    theirs = peer.loss(inputs, targets)
    assert theirs.item() == pytest.approx(loss.item(), rel=1e-5)
    loss.backward()
    theirs.backward()
    gradients = {key: parameter.grad for key, parameter in project.named_parameters()}
    for key, parameter in peer.named_parameters():
        scale = gradients[key].abs().max().clamp(min=1e-8)
        assert (parameter.grad - gradients[key]).abs().max() < 1e-4 * scale, key


@pytest.mark.parametrize("name", TRAINED)
def test_the_plain_network_is_of_torchs_own_layers_in_their_own_layout(name: str) -> None:
    network = plain.build(*TRAINED[name], 0, 0.5)
    leaves = [module for module in network.modules() if not list(module.children())]
    assert all(type(leaf).__module__.startswith("torch.nn.modules") for leaf in leaves)
    assert all(parameter.is_contiguous() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("corruption", "share"),
    [
        (Corruption("none"), 0.0),
        (Corruption("occlusion", occlusion=7), 1 / 16),
        (Corruption("gaussian", sigma=0.3), 1.0),
    ],
)
def test_corrupting_changes_the_share_of_pixels_that_it_should(corruption: Corruption, share: float) -> None:
    images = torch.full((50, 1, 28, 28), 0.5)
    changed = plain.corrupt(images, corruption) != images
    assert changed.double().mean().item() == pytest.approx(share, abs=1e-3)
    assert torch.all(changed.flatten(1).any(dim=1) == (share > 0))


def test_gaussian_noise_has_the_strength_asked_for(real: Callable[[str, str], Images]) -> None:
    images = torch.full((200, 1, 28, 28), 0.5)
    noise = plain.corrupt(images, Corruption("gaussian", sigma=0.05)) - images
    assert noise.std().item() == pytest.approx(0.05, rel=0.02)


def test_a_corruption_that_peers_do_not_have_is_the_projects_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CORRUPTIONS, "negative", CorruptionKind("a negative", lambda images, generator: 1 - images))
    images = torch.full((3, 1, 28, 28), 0.25)
    assert torch.equal(plain.corrupt(images, Corruption("negative")), torch.full((3, 1, 28, 28), 0.75))


def test_a_loss_that_peers_do_not_have_is_said() -> None:
    with pytest.raises(UserError, match="own loop trains with the loss huber; peers know squared_error, elbo"):
        plain.build(TRAINED["linear"][0], "huber", 0, 0.5)
