"""What a corruption does to images, in numbers known beforehand."""

import math
from collections.abc import Callable

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, Corruption
from hourglass.images import Images, to_float, to_uint8

STRENGTHS = {"sigma": 0.3, "occlusion": 12, "sigma_low": 0.1, "sigma_high": 0.5}


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _grey(count: int, value: float = 0.5) -> Tensor:
    return torch.full((count, 1, 28, 28), value)


def _psnr(first: Tensor, second: Tensor) -> float:
    return -10 * math.log10((first - second).double().square().mean().item())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "sigma", "expected"),
    [("mnist", 0.3, 13.32), ("fashion_mnist", 0.3, 12.79), ("mnist", 0.5, 9.37), ("fashion_mnist", 0.5, 9.29)],
)
def test_noisy_images_have_the_expected_psnr(
    real: Callable[[str, str], Images], dataset: str, sigma: float, expected: float
) -> None:
    images = real(dataset, "test").images
    noisy = to_uint8(Corruption("gaussian", sigma=sigma).apply(to_float(images), _generator()))
    assert _psnr(to_float(noisy), to_float(images)) == pytest.approx(expected, abs=0.05)


def test_noise_is_normal_where_nothing_is_clipped() -> None:
    noise = (Corruption("gaussian", sigma=0.05).apply(_grey(500), _generator()) - 0.5).double()
    assert noise.mean().item() == pytest.approx(0, abs=4 * 0.05 / math.sqrt(noise.numel()))
    assert noise.std().item() == pytest.approx(0.05, rel=0.01)
    for deviations, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert (noise.abs() < deviations * 0.05).double().mean().item() == pytest.approx(share, abs=0.003)
    assert noise.flatten(1).corrcoef().triu(1).abs().max() < 0.25  # each image has its own


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_noise_is_clipped_to_the_unit_range(value: float) -> None:
    noisy = Corruption("gaussian", sigma=0.4).apply(_grey(200, value), _generator())
    assert (noisy.min(), noisy.max()) == (0, 1)
    assert (noisy == value).double().mean().item() == pytest.approx(0.5, abs=0.01)
    # clipped at the value, half of the noise is left: E n² / 2, less what lies beyond the other end
    assert (noisy - value).square().mean().item() == pytest.approx(0.4**2 / 2, rel=0.05)


def test_noise_over_a_range_has_for_every_image_a_strength_of_its_own_all_equally_likely() -> None:
    corruption = Corruption("gaussian_range", sigma_low=0.02, sigma_high=0.08)
    found = (corruption.apply(_grey(3000), _generator()) - 0.5).flatten(1).double().std(dim=1)
    assert 0.018 < found.min() < 0.022
    assert 0.078 < found.max() < 0.086
    for third in range(3):
        low = 0.02 + 0.02 * third
        share = ((found > low) & (found <= low + 0.02)).double().mean().item()
        assert share == pytest.approx(1 / 3, abs=0.035)


@pytest.mark.parametrize("side", [1, 12, 28])
def test_occlusion_hides_one_square_wholly_inside(side: int) -> None:
    hidden = Corruption("occlusion", occlusion=side).apply(_grey(300), _generator()) == 0
    assert (hidden.flatten(1).sum(dim=1) == side**2).all()
    assert (hidden.any(dim=2).sum(dim=-1) == side).all()  # as many columns as rows: with side² pixels, a square ...
    assert (hidden.any(dim=3).sum(dim=-1) == side).all()
    for across in (hidden.any(dim=2), hidden.any(dim=3)):  # ... if they are next to each other
        first, last = across.int().argmax(dim=-1), 27 - across.flip(-1).int().argmax(dim=-1)
        assert (last - first == side - 1).all()


def test_occlusion_leaves_the_rest_as_it_was() -> None:
    images = torch.rand(50, 1, 28, 28, generator=_generator(1)) + 0.01
    before = images.clone()
    occluded = Corruption("occlusion", occlusion=7).apply(images, _generator())
    assert torch.equal(images, before)
    assert torch.equal(occluded[occluded != 0], images[occluded != 0])


def test_every_position_of_the_square_is_equally_likely() -> None:
    count, side = 40_000, 21  # 8 × 8 positions
    hidden = Corruption("occlusion", occlusion=side).apply(_grey(count), _generator())[:, 0] == 0
    rows, columns = hidden.any(dim=2).int().argmax(dim=1), hidden.any(dim=1).int().argmax(dim=1)
    found = torch.bincount(8 * rows + columns, minlength=64).double()
    expected = count / 64
    chi_square = ((found - expected).square() / expected).sum().item()
    assert len(found) == 64
    assert chi_square < 104  # 63 degrees of freedom: exceeded once in a thousand


def test_both_is_the_square_first_and_noise_over_everything() -> None:
    corruption = Corruption("gaussian_occlusion", sigma=0.1, occlusion=10)
    noisy = corruption.apply(_grey(200, 0.6), _generator())
    draw = _generator()
    occluded = Corruption("occlusion", occlusion=10).apply(_grey(200, 0.6), draw)
    assert torch.equal(noisy, Corruption("gaussian", sigma=0.1).apply(occluded, draw))
    square = noisy[occluded == 0]
    assert len(square) == 200 * 100
    assert (square > 0).double().mean().item() == pytest.approx(0.5, abs=0.02)  # it does not stay black
    assert noisy[occluded != 0].mean().item() == pytest.approx(0.6, abs=0.002)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_seed_fixes_what_is_drawn_and_images_stay_in_range(name: str, digits: Images) -> None:
    corruption, images = Corruption.of(name, STRENGTHS), to_float(digits.images[:20])
    first, again, other = (corruption.apply(images, _generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name == "none")
    assert first.shape == images.shape
    assert 0 <= first.min() <= first.max() <= 1


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_global_generator_is_left_alone(name: str) -> None:
    before = torch.get_rng_state()
    Corruption.of(name, STRENGTHS).apply(_grey(3), _generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_none_changes_nothing() -> None:
    images = torch.rand(5, 1, 28, 28, generator=_generator())
    assert torch.equal(Corruption("none").apply(images, _generator()), images)


def test_a_corruption_carries_only_the_strengths_it_uses() -> None:
    assert [Corruption.of(name, STRENGTHS) for name in ("none", "gaussian", "occlusion", "gaussian_occlusion")] == [
        Corruption("none"),
        Corruption("gaussian", sigma=0.3),
        Corruption("occlusion", occlusion=12),
        Corruption("gaussian_occlusion", sigma=0.3, occlusion=12),
    ]
    assert Corruption("gaussian", sigma=0.3) != Corruption("gaussian", sigma=0.4)


@pytest.mark.parametrize(
    ("name", "strengths"), [("none", {"sigma": 0.3}), ("gaussian", {}), ("occlusion", {"sigma": 0.3, "occlusion": 12})]
)
def test_strengths_that_a_corruption_has_not_are_refused(name: str, strengths: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{name} has the strengths "):
        Corruption(name, **strengths)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_default_strengths_are_allowed_and_do_something(name: str) -> None:
    kind = CORRUPTIONS[name]
    defaults = {key: strength.default for key, strength in kind.strengths.items()}
    for key, strength in kind.strengths.items():
        assert TypeAdapter(strength.allowed).validate_python(defaults[key]) == defaults[key]
    changed = Corruption(name, **defaults).apply(_grey(5), _generator())
    assert torch.equal(changed, _grey(5)) == (name == "none")
    assert kind.words


@pytest.mark.slow
def test_the_square_hides_a_third_of_a_digit(real: Callable[[str, str], Images]) -> None:
    images = to_float(real("mnist", "test").images)
    occluded = Corruption("occlusion", occlusion=12).apply(images, _generator())
    share = 1 - (occluded.flatten(1).sum(dim=1) / images.flatten(1).sum(dim=1)).mean().item()
    assert share == pytest.approx(1 / 3, abs=0.04)  # as params.yaml says
