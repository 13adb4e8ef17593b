"""The cross entropy against torch.distributions and the reconstruction term of a variational autoencoder."""

import math

import pytest
import torch
from shapes import IMAGE
from torch.distributions import Bernoulli

from hourglass import models
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder, VariationalAutoencoder
from hourglass.models.spec import NetworkSpec

LOSS, NO_RANDOM_NUMBERS = LOSSES["cross_entropy"], torch.Generator()
IMAGES = torch.rand(6, *IMAGE, generator=torch.Generator().manual_seed(9))


def network(output: str = "sigmoid", code: str = "none") -> Autoencoder:
    settings = {"latent": 5, "code": code, "output": output, "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings), IMAGE)
    assert isinstance(model, Autoencoder)
    return model


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
@pytest.mark.parametrize("code", ["none", "relu", "softmax"])
def test_the_loss_is_a_negative_log_likelihood_in_nats_per_image(output: str, code: str) -> None:
    model, targets = network(output, code), IMAGES.flip(0)
    value, terms = LOSS(model, IMAGES, targets, NO_RANDOM_NUMBERS)
    decoded = model(IMAGES)
    log_likelihood = Bernoulli(decoded, validate_args=False).log_prob(targets).flatten(1).sum(dim=1)
    assert value.item() == pytest.approx(-log_likelihood.mean().item(), rel=1e-5)
    assert terms.keys() == {"mse"}
    assert terms["mse"].item() == pytest.approx((decoded - targets).square().mean().item(), rel=1e-5)


def test_the_loss_is_the_reconstruction_term_of_a_vae_whose_codes_do_not_vary() -> None:
    plain, vae = network(), network(code="gaussian")
    assert isinstance(vae, VariationalAutoencoder)
    vae.decoder.load_state_dict(plain.decoder.state_dict())
    mean, log_variance = (model.encoder[-2] for model in (plain, vae))
    vae.encoder[1].load_state_dict(plain.encoder[1].state_dict())
    with torch.no_grad():
        log_variance.weight[:5], log_variance.bias[:5] = mean.weight, mean.bias  # type: ignore[index,operator]
        log_variance.weight[5:], log_variance.bias[5:] = 0.0, -200.0  # type: ignore[index,operator]
    _, terms = LOSSES["elbo"](vae, IMAGES, IMAGES, torch.Generator())
    value, _ = LOSS(plain, IMAGES, IMAGES, NO_RANDOM_NUMBERS)
    assert value.item() == pytest.approx(terms["reconstruction"].item(), rel=1e-6)


def test_a_saturated_decoder_has_a_finite_loss() -> None:
    model = network()
    with torch.no_grad():
        model.decoder[-2].bias.fill_(1e4)  # type: ignore[operator,union-attr]
    black = torch.zeros(2, *IMAGE)
    value, _ = LOSS(model, black, black, NO_RANDOM_NUMBERS)
    assert math.isfinite(value.item())
