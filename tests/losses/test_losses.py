"""All losses against independent formulas, and the registry of losses."""

import math
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import torch
from shapes import IMAGE
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from hourglass import losses, models
from hourglass.losses import LOSSES
from hourglass.losses.parametric_tsne import gradient_histograms, neighbour_graph
from hourglass.losses.vq_vae import perplexity
from hourglass.losses.wae_mmd import maximum_mean_discrepancy
from hourglass.models import Autoencoder, VariationalAutoencoder
from hourglass.models.codes import CODE_KINDS
from hourglass.models.codes.quantised import Quantiser
from hourglass.models.spec import NetworkSpec
from hourglass.models.vae import sample

IMAGES = torch.rand(6, *IMAGE, generator=torch.Generator().manual_seed(9))
TARGETS = IMAGES.flip(0)


def network(code: str = "none", **settings: Any) -> Autoencoder:
    spec = {"latent": 4, "code": code, "encoder": {"dense": [16]}} | settings
    model = models.build(NetworkSpec.model_validate(spec), IMAGE, seed=2)
    assert isinstance(model, Autoencoder)
    return model


def summed_error(model: Autoencoder) -> float:
    return (model(IMAGES) - TARGETS).square().flatten(1).sum(dim=1).mean().item()


def _huber(error: Tensor) -> Tensor:
    return torch.where(error < 0.1, error.square() / 2, 0.1 * (error - 0.1 / 2))


PIXEL_LOSSES = [("squared_error", Tensor.square, 2), ("absolute_error", Tensor.abs, 1), ("huber", _huber, 2)]


@pytest.mark.parametrize(("name", "formula", "power"), PIXEL_LOSSES)
@pytest.mark.parametrize(("output", "span"), [("sigmoid", 1), ("tanh", 2)])
def test_losses_of_single_pixels(
    name: str, formula: Callable[[Tensor], Tensor], power: int, output: str, span: int
) -> None:
    convolution = {"channels": 3, "kernel": 3, "stride": 2, "padding": 1}
    model = network(output=output, encoder={"convolutions": [convolution]})
    loss, terms = LOSSES[name](model, IMAGES, TARGETS, torch.Generator())
    error = (model(IMAGES) - TARGETS).abs()
    assert loss.item() == pytest.approx(span**power * formula(error).mean().item(), rel=1e-5)
    assert terms.keys() == {"mse"}
    assert terms["mse"].item() == pytest.approx(error.square().mean().item(), rel=1e-5)
    assert loss.requires_grad
    assert not terms["mse"].requires_grad


@pytest.mark.parametrize(("output", "code"), [("sigmoid", "none"), ("tanh", "softmax")])
def test_the_cross_entropy_is_a_negative_log_likelihood_in_nats_per_image(output: str, code: str) -> None:
    model = network(code, output=output)
    value, terms = LOSSES["cross_entropy"](model, IMAGES, TARGETS, torch.Generator())
    decoded = model(IMAGES)
    log_likelihood = Bernoulli(decoded, validate_args=False).log_prob(TARGETS).flatten(1).sum(dim=1)
    assert value.item() == pytest.approx(-log_likelihood.mean().item(), rel=1e-5)
    assert terms.keys() == {"mse"}
    assert terms["mse"].item() == pytest.approx((decoded - TARGETS).square().mean().item(), rel=1e-5)


@pytest.mark.parametrize(("beta", "output"), [(1.0, "sigmoid"), (4.0, "sigmoid"), (1.0, "tanh")])
def test_the_evidence_lower_bound_is_in_nats_per_image(beta: float, output: str) -> None:
    model = network("gaussian", beta=beta, output=output)
    assert isinstance(model, VariationalAutoencoder)
    loss, terms = LOSSES["elbo"](model, IMAGES, TARGETS, torch.Generator().manual_seed(3))
    mean, log_variance = model.distribution(IMAGES)
    decoded = model.decode(sample(mean, log_variance, torch.Generator().manual_seed(3)))
    log_likelihood = Bernoulli(decoded, validate_args=False).log_prob(TARGETS).flatten(1).sum(dim=1)
    kl = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(dim=1)
    assert terms["reconstruction"].item() == pytest.approx(-log_likelihood.mean().item(), rel=1e-5)
    assert terms["kl"].item() == pytest.approx(kl.mean().item(), rel=1e-5)
    assert terms["mse"].item() == pytest.approx((decoded - TARGETS).square().mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx((beta * kl - log_likelihood).mean().item(), rel=1e-5)


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
def test_the_rae_adds_penalties_of_codes_and_decoder(output: str) -> None:
    model = network(output=output)
    value, terms = LOSSES["rae_l2"](model, IMAGES, TARGETS, torch.Generator(), code_weight=0.5, decoder_weight=0.25)
    codes = model.encode(IMAGES)
    first, second = (layer for layer in model.decoder if isinstance(layer, torch.nn.Linear))
    squares = sum(p.square().sum().item() for layer in (first, second) for p in (layer.weight, layer.bias))
    expected = summed_error(model) + 0.5 * 0.5 * codes.norm(dim=1).square().mean().item() + 0.25 * squares
    assert value.item() == pytest.approx(expected, rel=1e-5)
    assert terms["mse"].item() == pytest.approx((model(IMAGES) - TARGETS).square().mean().item(), rel=1e-5)


def test_the_discrepancy_is_the_u_statistic_of_its_kernel() -> None:
    first, second = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(4)).double()

    def kernel(x: torch.Tensor, y: torch.Tensor) -> float:
        return sum(6 * s / (6 * s + float((x - y).square().sum())) for s in (0.1, 0.2, 0.5, 1, 2, 5, 10))

    within = [sum(kernel(a[i], a[j]) for i, j in permutations(range(5), 2)) / 20 for a in (first, second)]
    between = sum(kernel(x, y) for x in first for y in second) / 25
    assert maximum_mean_discrepancy(first, second).item() == pytest.approx(sum(within) - 2 * between)


def test_the_wae_compares_codes_with_the_prior() -> None:
    model = network()
    value, terms = LOSSES["wae_mmd"](model, IMAGES, TARGETS, torch.Generator().manual_seed(3), weight=2.0)
    prior = torch.randn(6, 4, generator=torch.Generator().manual_seed(3))
    discrepancy = maximum_mean_discrepancy(model.encode(IMAGES), prior).item()
    assert terms["mmd"].item() == pytest.approx(discrepancy, rel=1e-5)
    assert value.item() == pytest.approx(summed_error(model) + 2 * discrepancy, rel=1e-5)


@pytest.mark.parametrize("loss", ["wae_mmd", "rae_l2", "vq_vae", "iwae", "parametric_tsne"])
def test_a_batch_of_one_image_has_a_finite_loss_and_gradient(loss: str) -> None:
    model = network({"vq_vae": "quantised", "iwae": "gaussian"}.get(loss, "none"))
    value, _ = LOSSES[loss](model, IMAGES[:1], IMAGES[:1], torch.Generator().manual_seed(0))
    value.backward()
    assert value.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("loss", ["cross_entropy", "elbo", "iwae"])
def test_a_saturated_decoder_has_a_finite_loss(loss: str) -> None:
    model, black = network("none" if loss == "cross_entropy" else "gaussian"), torch.zeros(2, *IMAGE)
    with torch.no_grad():
        model.decoder[-2].bias.fill_(1e4)  # type: ignore[operator,union-attr]
    value, _ = LOSSES[loss](model, black, black, torch.Generator().manual_seed(0))
    assert value.isfinite()


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
def test_the_importance_weighted_bound(output: str) -> None:
    model = network("gaussian", output=output)
    assert isinstance(model, VariationalAutoencoder)
    value, terms = LOSSES["iwae"](model, IMAGES, TARGETS, torch.Generator().manual_seed(1), samples=3)
    mean, log_variance = model.distribution(IMAGES)
    noise = torch.randn(6 * 3, 4, generator=torch.Generator().manual_seed(1)).view(6, 3, 4)
    posterior = Normal(mean[:, None], torch.exp(log_variance / 2)[:, None])
    codes = posterior.mean + posterior.stddev * noise
    decoded = model.decode(codes.flatten(0, 1)).view(6, 3, -1)
    likelihood = Bernoulli(decoded, validate_args=False).log_prob(TARGETS.flatten(1)[:, None]).sum(2)
    ratio = Normal(0.0, 1.0).log_prob(codes).sum(2) - posterior.log_prob(codes).sum(2)
    bound = torch.logsumexp(likelihood + ratio, dim=1) - math.log(3)
    assert value.item() == pytest.approx(-bound.mean().item(), rel=1e-5)
    assert terms["reconstruction"].item() == pytest.approx(-likelihood.mean().item(), rel=1e-5)
    assert terms["kl"].item() == pytest.approx(-ratio.mean().item(), rel=1e-4)


def test_one_importance_sample_is_the_evidence_lower_bound_on_average() -> None:
    model, many = network("gaussian"), IMAGES[:1].expand(20_000, *IMAGE)
    value, _ = LOSSES["iwae"](model, many, many, torch.Generator().manual_seed(1), samples=1)
    expected, _ = LOSSES["elbo"](model, many, many, torch.Generator().manual_seed(2))
    assert value.item() == pytest.approx(expected.item(), rel=1e-3)


@pytest.mark.parametrize("loss", ["elbo", "iwae"])
def test_binarised_images_are_black_and_white(loss: str) -> None:
    model = network("gaussian")
    seen = []
    model.encoder.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    LOSSES[loss](model, IMAGES, IMAGES, torch.Generator().manual_seed(1), binarise=True)
    assert set(seen[0].unique().tolist()) == {0.0, 1.0}
    assert seen[0].mean().item() == pytest.approx(IMAGES.mean().item(), abs=0.02)


def test_the_codebook_and_the_encoder_move_towards_each_other() -> None:
    model = network("quantised", code_settings={"vectors": 8, "dims": 2})
    quantiser = model.encoder[-1]
    assert isinstance(quantiser, Quantiser)
    value, terms = LOSSES["vq_vae"](model, IMAGES, TARGETS, torch.Generator(), commitment=0.5)
    outputs = model.encoder[:-1](IMAGES).view(6, 2, 2)
    nearest = torch.cdist(outputs, quantiser.codebook.expand(6, 8, 2)).argmin(dim=2)
    codes = quantiser.codebook[nearest]
    torch.testing.assert_close(model.encode(IMAGES), codes.flatten(1))
    distance = (outputs - codes).square().sum(dim=(1, 2)).mean().item()
    assert value.item() == pytest.approx(summed_error(model) + 1.5 * distance, rel=1e-5)
    assert terms["codebook"].item() == pytest.approx(distance, rel=1e-4)
    value.backward()
    used = torch.zeros(8, dtype=torch.bool).index_fill(0, nearest.unique(), True)
    assert quantiser.codebook.grad is not None
    assert ((quantiser.codebook.grad != 0).any(dim=1) == used).all()
    first = model.encoder[1].weight
    assert isinstance(first, torch.Tensor)
    assert first.grad is not None
    assert first.grad.abs().sum() > 0


def test_perplexity_counts_equally_frequent_vectors() -> None:
    assert perplexity(torch.tensor([[0, 3], [3, 0]]), 5).item() == pytest.approx(2)


def test_the_tsne_loss_is_the_cross_entropy_of_similarities() -> None:
    model = network(latent=2)
    settings: dict[str, Any] = {"weight": 0.5, "neighbours": 2, "exaggeration": 3.0}
    value, terms = LOSSES["parametric_tsne"](model, IMAGES, TARGETS, torch.Generator(), **settings)
    codes, graph = model.encode(IMAGES).detach().double(), neighbour_graph(TARGETS, 2)
    similarities = [
        [0.0 if i == j else 1 / (1 + float((x - y) @ (x - y))) for j, y in enumerate(codes)]
        for i, x in enumerate(codes)
    ]
    total = sum(map(sum, similarities))
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    expected = math.log(total) - 3 * sum(float(graph[i, j]) * math.log(similarities[i][j]) for i, j in pairs)
    assert terms["tsne"].item() == pytest.approx(expected, rel=1e-5)
    error = (model(IMAGES) - TARGETS).square().mean().item()
    assert value.item() == pytest.approx(error + 0.5 * expected, rel=1e-5)


def test_neighbours_are_images_with_similar_gradients() -> None:
    vertical, horizontal = torch.zeros(2, 1, 28, 28)
    vertical[:, :, 14:], horizontal[:, 14:] = 1.0, 1.0
    images = torch.stack([vertical, 0.5 * vertical, horizontal, 0.5 * horizontal])
    # mutual neighbours: each of four edges has a quarter of the weight
    expected = torch.tensor([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]) / 4
    torch.testing.assert_close(neighbour_graph(images, 1), expected)
    colour = torch.rand(3, 3, 9, 17)
    torch.testing.assert_close(gradient_histograms(colour).norm(dim=1), torch.ones(3))


def test_a_loss_has_the_name_of_its_file() -> None:
    files = {path.stem for path in Path(losses.__file__).parent.glob("[a-z]*.py")}
    assert LOSSES.keys() == files - {"base"}


def test_losses_suit_kinds_of_code() -> None:
    suitable = {code: [name for name, loss in LOSSES.items() if loss.suits(code)] for code in (*CODE_KINDS, "pca")}
    assert suitable["gaussian"] == ["elbo", "iwae"]
    assert suitable["quantised"] == ["vq_vae"]
    assert suitable["pca"] == ["squared_error"]
    assert suitable["relu"] == ["absolute_error", "cross_entropy", "huber", "rae_l2", "squared_error"]
