"""Code numbers swept."""

import pytest
import torch
from torch import Tensor

from hourglass import latent, models
from hourglass.models import Model
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator


def _model(size: int, code: str = "none") -> Model:
    return models.build(NetworkSpec.model_validate({"latent": size, "code": code, "encoder": Encoder(dense=(8,))}))


def _codes(size: int) -> Tensor:
    """Codes (1000, size), each number twice as spread as the one before it."""
    return torch.randn(1000, size, generator=generator(0, "codes")) * 2 ** torch.arange(size)


def test_a_sweep_changes_only_its_unit_and_goes_from_limit_to_limit() -> None:
    codes = _codes(5)
    sweep = latent.traversal(_model(5), codes, 7, 16)
    low, high = latent.limits(codes)
    assert sweep.units == [0, 1, 2, 3, 4]
    assert sweep.codes.shape == (5, 7, 5)
    mean = codes.mean(dim=0)
    for row, unit in enumerate(sweep.units):
        others = [other for other in range(5) if other != unit]
        assert torch.allclose(sweep.codes[row][:, others], mean[others].expand(7, 4), atol=1e-5)
        assert torch.equal(sweep.codes[row, [0, -1], unit], torch.stack([low[unit], high[unit]]))
        assert (sweep.codes[row, :, unit].diff() > 0).all()


def test_the_limits_leave_out_a_hundredth_on_either_side() -> None:
    low, high = latent.limits(torch.arange(101.0)[:, None].repeat(1, 2))
    assert low.tolist() == [1, 1]
    assert high.tolist() == [99, 99]


def test_of_many_units_those_that_vary_most_are_swept() -> None:
    codes = _codes(6).flip(1)
    sweep = latent.traversal(_model(6), codes, 3, 4)
    assert sweep.units == [0, 1, 2, 3]
    assert sweep.low.shape == sweep.high.shape == (4,)


@pytest.mark.parametrize(
    ("code", "spread", "live"), [("relu", 1e-4, False), ("relu", 0.05, True), ("gaussian", 0.05, False)]
)
def test_a_dead_unit_is_told(code: str, spread: float, live: bool) -> None:
    codes = _codes(3)
    codes[:, 1] = spread * torch.randn(1000, generator=generator(0, "dead"))
    assert latent.traversal(_model(3, code), codes, 3, 16).live == [True, live, True]


def test_the_plane_lies_as_on_a_drawing() -> None:
    codes = _codes(2)
    grid, low, high = latent.plane(_model(2), codes, 20)
    assert grid.shape == (20, 20, 2)
    assert (grid[:, :, 0].diff(dim=1) > 0).all()  # to the right
    assert (grid[:, :, 1].diff(dim=0) < 0).all()  # downwards
    assert torch.allclose(
        grid[0, 0], torch.stack([low[0] + (high[0] - low[0]) / 40, high[1] - (high[1] - low[1]) / 40])
    )
    assert torch.allclose(grid.flatten(0, 1).mean(dim=0), (low + high) / 2, atol=1e-5)


@pytest.mark.parametrize(("code", "lowest"), [("none", -0.5), ("relu", 0)])
def test_a_plane_of_a_dead_unit_has_room_for_it_within_the_set_of_codes(code: str, lowest: float) -> None:
    grid, low, high = latent.plane(_model(2, code), torch.zeros(50, 2), 4)
    assert low.tolist() == [lowest, lowest]
    assert high.tolist() == [0.5, 0.5]
    assert torch.allclose(grid.flatten(0, 1).mean(dim=0), (low + high) / 2)
    assert grid.min() > lowest


def test_the_principal_plane_follows_the_directions_of_largest_spread() -> None:
    codes = _codes(4) + 3
    lattice = latent.principal_plane(_model(4), codes, 5)
    assert lattice.shape == (5, 5, 4)
    assert torch.allclose(lattice[2, 2], codes.mean(dim=0), atol=1e-5)
    across, up = lattice[2, 4] - lattice[2, 2], lattice[0, 2] - lattice[2, 2]
    covariance = torch.cov(codes.T, correction=0)
    for step, variance in ((across, 64), (up, 16)):
        direction = step / step.norm()
        assert torch.allclose(covariance @ direction, (direction @ covariance @ direction) * direction, atol=1e-2)
        assert step.square().sum() == pytest.approx(4 * variance, rel=0.1)  # two standard deviations
    assert across @ up == pytest.approx(0, abs=1e-2)
    assert across[3] > 0
    assert up[2] > 0


@pytest.mark.parametrize("codes", [torch.ones(100, 3), torch.arange(100.0)[:, None]], ids=["dead", "one number"])
def test_a_direction_that_codes_lack_is_no_step(codes: Tensor) -> None:
    lattice = latent.principal_plane(_model(codes.shape[1]), codes, 3)
    assert torch.equal(lattice[0], lattice[2])
    assert lattice.isfinite().all()


def _shares(size: int) -> Tensor:
    """Codes (1000, size) whose numbers sum to 1, some of them nearly the whole."""
    return (2 * torch.randn(1000, size, generator=generator(0, "shares"))).softmax(dim=1)


def test_a_share_grows_at_the_cost_of_the_others_which_keep_their_ratios() -> None:
    codes = _shares(4)
    sweep = latent.traversal(_model(4, "softmax"), codes, 7, 16)
    assert (sweep.codes >= 0).all()
    assert torch.allclose(sweep.codes.sum(dim=2), torch.ones(4, 7), atol=1e-6)
    geometric_means = codes.log().mean(dim=0)
    for row in range(4):
        assert (sweep.codes[row, :, row].diff() > 0).all()
        others = [other for other in range(4) if other != row]
        ratios = sweep.codes[row][:, others].log().diff(dim=1)
        assert torch.allclose(ratios, geometric_means[others].diff().expand(7, 2), atol=1e-4)


def test_the_ends_of_a_sweep_are_told_as_values_of_the_code() -> None:
    for sweep in (
        latent.traversal(_model(4, "softmax"), _shares(4), 7, 2),
        latent.traversal(_model(4, "relu"), _codes(4).relu(), 7, 2),
    ):
        for row, unit in enumerate(sweep.units):
            assert sweep.low[row] == sweep.codes[row, 0, unit]
            assert sweep.high[row] == sweep.codes[row, -1, unit]
        assert (sweep.low < sweep.high).all()
        assert (sweep.low >= 0).all()


def test_the_principal_plane_never_leaves_the_set_of_codes() -> None:
    shares = latent.principal_plane(_model(4, "softmax"), _shares(4), 5)
    assert (shares > 0).all()
    assert torch.allclose(shares.sum(dim=2), torch.ones(5, 5), atol=1e-6)
    free = latent.principal_plane(_model(4), _codes(4).relu(), 5)
    assert (free < 0).any()
    assert torch.equal(latent.principal_plane(_model(4, "relu"), _codes(4).relu(), 5), free.relu())


def test_a_patch_lies_between_its_corners() -> None:
    corners = _codes(3)[:4]
    patch = latent.patch(corners, 5)
    assert torch.equal(patch[[0, 0, 4, 4], [0, 4, 0, 4]], corners)
    assert torch.allclose(patch[2, 2], corners.mean(dim=0), atol=1e-5)
