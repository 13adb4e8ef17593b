"""Test that samplers draw from the distributions in their descriptions."""

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import models
from hourglass.models import Model, Pca
from hourglass.models.spec import Encoder, NetworkSpec, PcaSpec
from hourglass.randomness import generator
from hourglass.samplers import SAMPLERS, sample_mixture

COUNT = 10_000


def correlated() -> Tensor:
    """Return correlated normal codes (1000, 3) of very different scales."""
    noise = torch.randn(1000, 3, generator=generator(0, "codes"))
    spread = torch.tensor([[1.0, 0.0, 0.0], [30.0, 40.0, 0.0], [0.002, 0.0, 0.01]])
    return noise @ spread.T + torch.tensor([5.0, -20.0, 0.3])


def clusters() -> Tensor:
    codes = torch.randn(600, 2, generator=generator(0, "blobs"))
    codes[300:] += 50
    return codes


def model(code: str) -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "code": code, "encoder": Encoder(dense=(8,))}), IMAGE)


def draw_all(model: Model, codes: Tensor, count: int, seed: int = 0) -> dict[str, Tensor]:
    drawn = {name: sampler.draw(model, codes, count, seed) for name, sampler in SAMPLERS.items()}
    return {name: samples for name, samples in drawn.items() if samples is not None}


def test_one_component_has_the_mean_and_covariance_of_the_codes() -> None:
    codes = correlated()
    samples, deviation = sample_mixture(codes, 1, COUNT, 0), codes.std(dim=0)
    assert ((samples.mean(dim=0) - codes.mean(dim=0)).abs() < 0.03 * deviation).all()
    assert ((samples.T.cov() - codes.T.cov()).abs() < 0.04 * deviation[:, None] * deviation).all()


def test_a_mixture_leaves_the_space_between_clusters_empty_and_a_normal_distribution_does_not() -> None:
    def between(samples: Tensor) -> float:
        return ((samples.mean(dim=1) - 25).abs() < 15).double().mean().item()

    mixture = sample_mixture(clusters(), 10, COUNT, 0)
    assert between(mixture) == 0
    assert 0 < (mixture[:20, 0] > 25).sum() < 20  # in random order
    assert between(sample_mixture(clusters(), 1, COUNT, 0)) > 0.3


def test_uniform_samples_fill_the_range_of_the_codes() -> None:
    codes = correlated()
    samples = SAMPLERS["uniform"].draw(model("none"), codes, COUNT, 0)
    assert samples is not None
    low, high = codes.amin(dim=0), codes.amax(dim=0)
    assert (samples >= low).all()
    assert (samples <= high).all()
    assert torch.allclose(samples.mean(dim=0), (low + high) / 2, atol=0.01 * (high - low).max().item())
    assert samples.T.corrcoef()[0, 1].abs() < 0.03


@pytest.mark.parametrize("constant", [0.0, 0.1])
def test_constant_dimensions_keep_their_value(constant: float) -> None:
    codes = correlated()
    codes[:, 1] = constant
    for samples in draw_all(model("relu"), codes, 100).values():
        assert torch.allclose(samples[:, 1], torch.tensor(constant), rtol=0, atol=1e-7)
        assert samples[:, 0].std() > 0.5
    for samples in draw_all(model("relu"), torch.full((5, 3), 0.7), 100).values():  # fewer codes than components
        assert torch.allclose(samples, torch.tensor(0.7))


def test_samples_of_a_relu_code_are_not_negative() -> None:
    codes = torch.randn(600, 3, generator=generator(0, "relu")).relu()
    relu, free = (draw_all(model(code), codes, 500) for code in ("relu", "none"))
    for name, samples in relu.items():
        assert torch.equal(samples, free[name].relu()), name
    assert (free["gaussian"] < 0).any()


def test_samples_of_a_softmax_code_sum_to_1() -> None:
    codes = (4 * torch.randn(600, 3, generator=generator(0, "softmax"))).softmax(dim=1)
    for name, samples in draw_all(model("softmax"), codes, 500).items():
        assert (samples >= 0).all(), name
        assert torch.allclose(samples.sum(dim=1), torch.ones(500), atol=1e-5), name


def test_logistic_normal_codes_are_sampled_from_their_distribution() -> None:
    normal = torch.randn(5000, 3, generator=generator(0, "logistic-normal")) * torch.tensor([1.0, 2.0, 0.5]) + 1
    samples = SAMPLERS["gaussian"].draw(model("softmax"), normal.softmax(dim=1), COUNT, 0)
    assert samples is not None
    samples = samples.log()
    for one, other in ((0, 1), (1, 2), (2, 0)):
        ratios, expected = samples[:, one] - samples[:, other], normal[:, one] - normal[:, other]
        assert ratios.mean() == pytest.approx(expected.mean().item(), abs=0.05)
        assert ratios.std() == pytest.approx(expected.std().item(), rel=0.03)


def test_only_a_variational_autoencoder_has_a_prior() -> None:
    for other in (Pca(PcaSpec(kind="pca", latent=3), IMAGE), model("none")):
        assert SAMPLERS["prior"].draw(other, correlated(), 10, 0) is None
    prior = SAMPLERS["prior"].draw(model("gaussian"), correlated(), COUNT, 0)
    assert prior is not None
    assert torch.allclose(prior.mean(dim=0), torch.zeros(3), atol=0.03)
    assert torch.allclose(prior.T.cov(), torch.eye(3), atol=0.05)


def test_samples_follow_the_seed() -> None:
    first, again, other = (draw_all(model("gaussian"), correlated()[:200], 20, seed) for seed in (3, 3, 4))
    assert list(first) == list(SAMPLERS)
    for name, samples in first.items():
        assert torch.equal(samples, again[name])
        assert not torch.equal(samples, other[name])
