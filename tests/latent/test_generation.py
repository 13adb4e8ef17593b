"""Random codes come from the distributions that they are said to come from."""

import pytest
import torch
from torch import Tensor

from hourglass import latent, models
from hourglass.models import Model, Pca
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import derive, generator

COUNT = 10_000


def _codes() -> Tensor:
    """Correlated normal codes (1000, 3) of very different sizes."""
    noise = torch.randn(1000, 3, generator=generator(0, "codes"))
    spread = torch.tensor([[1.0, 0.0, 0.0], [30.0, 40.0, 0.0], [0.002, 0.0, 0.01]])
    return noise @ spread.T + torch.tensor([5.0, -20.0, 0.3])


def _two_blobs() -> Tensor:
    codes = torch.randn(600, 2, generator=generator(0, "blobs"))
    codes[300:] += 50
    return codes


def _model(code: str) -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "code": code, "encoder": Encoder(dense=(8,))}))


def test_one_normal_distribution_has_the_mean_and_covariance_of_the_codes() -> None:
    codes = _codes()
    drawn = latent.mixture(codes, 1, COUNT, 0)
    assert drawn.shape == (COUNT, 3)
    deviation = codes.std(dim=0)
    assert ((drawn.mean(dim=0) - codes.mean(dim=0)).abs() < 0.03 * deviation).all()
    scale = deviation[:, None] * deviation
    assert ((drawn.T.cov() - codes.T.cov()).abs() < 0.04 * scale).all()


def test_a_mixture_stays_where_the_codes_are_and_one_normal_distribution_does_not() -> None:
    codes = _two_blobs()

    def between(drawn: Tensor) -> float:
        return ((drawn.mean(dim=1) - 25).abs() < 15).double().mean().item()

    assert between(latent.mixture(codes, 10, COUNT, 0)) == 0
    assert between(latent.mixture(codes, 1, COUNT, 0)) > 0.3


def test_the_first_codes_of_a_mixture_are_not_all_of_one_component() -> None:
    drawn = latent.mixture(_two_blobs(), 2, COUNT, 0)
    assert 0 < (drawn[:20, 0] > 25).sum() < 20


def test_uniform_codes_fill_the_range_of_the_codes_and_stay_inside_it() -> None:
    codes = _codes()
    drawn = latent.uniform(codes, COUNT, generator(0, "uniform"))
    low, high = codes.amin(dim=0), codes.amax(dim=0)
    assert (drawn >= low).all()
    assert (drawn <= high).all()
    assert torch.allclose(drawn.mean(dim=0), (low + high) / 2, atol=0.01 * (high - low).max().item())
    assert drawn.T.corrcoef()[0, 1].abs() < 0.03


@pytest.mark.parametrize("constant", [0.0, 0.1])
def test_dead_code_numbers_stay_what_they_are(constant: float) -> None:
    codes = _codes()
    codes[:, 1] = constant
    for drawn in latent.draws(_model("relu"), codes, 100, 0).values():
        assert torch.allclose(drawn[:, 1], torch.tensor(constant), rtol=0, atol=1e-7)
        assert (drawn[:, 0].std() > 0.5).all()


def test_a_wholly_dead_code_is_drawn_too() -> None:
    for drawn in latent.draws(_model("relu"), torch.full((500, 3), 0.7), 100, 0).values():
        assert torch.allclose(drawn, torch.tensor(0.7))


@pytest.mark.parametrize("code", ["none", "gaussian"])
def test_codes_that_may_be_any_numbers_are_fitted_to_as_they_are(code: str) -> None:
    codes = _codes()
    drawn = latent.fitted(_model(code), codes, 50, 3)
    assert torch.equal(drawn["gaussian"], latent.mixture(codes, 1, 50, derive(3, "gaussian")))
    assert torch.equal(drawn["mixture"], latent.mixture(codes, 10, 50, derive(3, "mixture")))
    assert torch.equal(drawn["uniform"], latent.uniform(codes, 50, generator(3, "uniform")))


def test_a_relu_code_is_drawn_as_it_is_but_for_what_falls_below_0() -> None:
    codes = torch.randn(600, 3, generator=generator(0, "relu")).relu()
    drawn, free = (latent.fitted(_model(code), codes, 500, 0) for code in ("relu", "none"))
    for way, places in drawn.items():
        assert torch.equal(places, free[way].relu()), way
    assert (free["gaussian"] < 0).any()


def test_shares_are_drawn_as_shares_wherever_they_lie() -> None:
    codes = (4 * torch.randn(600, 3, generator=generator(0, "softmax"))).softmax(dim=1)
    for way, drawn in latent.fitted(_model("softmax"), codes, 500, 0).items():
        assert (drawn >= 0).all(), way
        assert torch.allclose(drawn.sum(dim=1), torch.ones(500), atol=1e-5), way


def test_shares_that_are_logistic_normal_are_drawn_so() -> None:
    normal = torch.randn(5000, 3, generator=generator(0, "logistic-normal")) * torch.tensor([1.0, 2.0, 0.5]) + 1
    drawn = latent.fitted(_model("softmax"), normal.softmax(dim=1), COUNT, 0)["gaussian"].log()
    for one, other in ((0, 1), (1, 2), (2, 0)):
        ratios, expected = drawn[:, one] - drawn[:, other], normal[:, one] - normal[:, other]
        assert ratios.mean() == pytest.approx(expected.mean().item(), abs=0.05)
        assert ratios.std() == pytest.approx(expected.std().item(), rel=0.03)


def test_softmax_codes_which_depend_on_each_other_are_drawn_with_their_sum() -> None:
    codes = torch.randn(600, 6, generator=generator(0, "softmax")).softmax(dim=1)
    for components in (1, 10):
        drawn = latent.mixture(codes, components, 500, 0)
        assert torch.allclose(drawn.sum(dim=1), torch.ones(500), atol=0.01)


def test_fewer_codes_than_components_are_enough() -> None:
    assert latent.mixture(_codes()[:5], 10, 50, 0).isfinite().all()


class _Pulled(Pca):
    """A model whose training pulls codes towards a place of its own."""

    def prior(self, count: int, generator: torch.Generator) -> Tensor:
        return 7 + torch.rand(count, 3, generator=generator)


def test_a_model_is_asked_for_its_prior() -> None:
    drawn = latent.draws(_Pulled(PcaSpec(kind="pca", latent=3)), _codes(), 10, 5)
    assert torch.equal(drawn["prior"], 7 + torch.rand(10, 3, generator=generator(5, "prior")))


def test_only_a_variational_autoencoder_has_a_prior() -> None:
    codes = _codes()
    assert "prior" not in latent.draws(Pca(PcaSpec(kind="pca", latent=3)), codes, 10, 0)
    assert list(latent.draws(_model("none"), codes, 10, 0)) == ["gaussian", "mixture", "uniform"]
    drawn = latent.draws(_model("gaussian"), codes, COUNT, 0)
    assert list(drawn) == ["prior", "gaussian", "mixture", "uniform"]
    assert torch.allclose(drawn["prior"].mean(dim=0), torch.zeros(3), atol=0.03)
    assert torch.allclose(drawn["prior"].T.cov(), torch.eye(3), atol=0.05)


def test_the_codes_are_those_of_their_seed() -> None:
    codes, model = _codes(), _model("gaussian")
    first, again, other = (latent.draws(model, codes, 20, seed) for seed in (3, 3, 4))
    for way, drawn in first.items():
        assert torch.equal(drawn, again[way])
        assert not torch.equal(drawn, other[way])
