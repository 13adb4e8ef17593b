"""Statistics of the corruptions, against known values."""

import math
from collections.abc import Callable

import pytest
import torch
from pydantic import TypeAdapter
from scipy.stats import chisquare, kstest
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, Corruption
from hourglass.images import Images, to_float, to_uint8

STRENGTHS = {"sigma": 0.3, "occlusion": 12, "sigma_low": 0.1, "sigma_high": 0.5}


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _grey(count: int, value: float = 0.5) -> Tensor:
    return torch.full((count, 1, 28, 28), value)


@pytest.mark.slow
def test_psnr_of_noisy_images(real: Callable[[str, str], Images]) -> None:
    images = to_float(real("mnist", "test").images)
    noisy = to_float(to_uint8(Corruption("gaussian", sigma=0.5).apply(images, _generator())))
    psnr = -10 * math.log10((noisy - images).double().square().mean().item())
    assert psnr == pytest.approx(9.37, abs=0.05)


def test_unclipped_noise_is_normal_and_independent() -> None:
    noise = (Corruption("gaussian", sigma=0.05).apply(_grey(100), _generator()) - 0.5).double()
    assert kstest(noise.flatten() / 0.05, "norm").pvalue > 0.01
    assert noise.flatten(1).corrcoef().triu(1).abs().max() < 0.25


def test_noise_is_clipped_to_the_unit_range() -> None:
    noisy = Corruption("gaussian", sigma=0.4).apply(_grey(200, 1.0), _generator())
    assert (noisy.min(), noisy.max()) == (0, 1)
    assert (noisy == 1).double().mean().item() == pytest.approx(0.5, abs=0.01)
    # half of the noise is clipped at the value; a little more at the other end
    assert (noisy - 1).square().mean().item() == pytest.approx(0.4**2 / 2, rel=0.05)


def test_noise_of_a_range_has_uniform_standard_deviations() -> None:
    corruption = Corruption("gaussian_range", sigma_low=0.02, sigma_high=0.08)
    deviations = (corruption.apply(_grey(3000), _generator()) - 0.5).flatten(1).double().std(dim=1)
    assert 0.018 < deviations.min() < 0.022
    assert 0.078 < deviations.max() < 0.086
    assert kstest((deviations - 0.02) / 0.06, "uniform").statistic < 0.03


@pytest.mark.parametrize("side", [1, 9])
def test_occlusion_is_one_square_inside_all_channels_of_an_image(side: int) -> None:
    images = torch.rand(300, 3, 9, 21, generator=_generator(1)) + 0.01
    before = images.clone()
    occluded = Corruption("occlusion", occlusion=side).apply(images, _generator())
    hidden = occluded == 0
    assert torch.equal(images, before)
    assert torch.equal(occluded[~hidden], before[~hidden])
    assert (hidden == hidden[:, :1]).all()
    for across in (hidden[:, 0].any(dim=1), hidden[:, 0].any(dim=2)):
        first = across.int().argmax(dim=1)
        last = across.shape[1] - 1 - across.flip(1).int().argmax(dim=1)
        assert (across.sum(dim=1) == side).all()
        assert (last - first == side - 1).all()


def test_all_positions_of_the_square_are_equally_likely() -> None:
    hidden = Corruption("occlusion", occlusion=21).apply(_grey(20_000), _generator())[:, 0] == 0
    rows, columns = hidden.any(dim=2).int().argmax(dim=1), hidden.any(dim=1).int().argmax(dim=1)
    assert chisquare(torch.bincount(8 * rows + columns, minlength=64)).pvalue > 0.001


def test_noise_covers_the_square_too() -> None:
    corruption = Corruption("gaussian_occlusion", sigma=0.1, occlusion=10)
    noisy = corruption.apply(_grey(200, 0.6), _generator())
    generator = _generator()
    occluded = Corruption("occlusion", occlusion=10).apply(_grey(200, 0.6), generator)
    assert torch.equal(noisy, Corruption("gaussian", sigma=0.1).apply(occluded, generator))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_generator_determines_the_result_alone(name: str, digits: Images) -> None:
    corruption, images = Corruption.of(name, STRENGTHS), to_float(digits.images[:20])
    before = torch.get_rng_state()
    first, again, other = (corruption.apply(images, _generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name == "none")
    assert first.shape == images.shape
    assert 0 <= first.min() <= first.max() <= 1


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_default_strengths_are_allowed_and_change_the_image(name: str) -> None:
    kind = CORRUPTIONS[name]
    defaults = {key: strength.default for key, strength in kind.strengths.items()}
    for key, strength in kind.strengths.items():
        assert TypeAdapter(strength.allowed).validate_python(defaults[key]) == defaults[key]
    assert torch.equal(Corruption(name, **defaults).apply(_grey(5), _generator()), _grey(5)) == (name == "none")


def test_a_corruption_has_only_its_own_strengths() -> None:
    assert Corruption.of("gaussian", STRENGTHS) == Corruption("gaussian", sigma=0.3) != Corruption("none")
    for name, strengths in (("none", {"sigma": 0.3}), ("gaussian", {}), ("occlusion", {"sigma": 0.3, "occlusion": 1})):
        with pytest.raises(ValueError, match=f"{name} has the strengths "):
            Corruption(name, **strengths)
    with pytest.raises(ValueError, match="unknown corruption 'rain'; known are none, gaussian"):
        Corruption("rain")
