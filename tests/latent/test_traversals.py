"""Test grids of codes: traversals and planes."""

import pytest
import torch
from torch import Tensor

from hourglass import models
from hourglass.latent.traversals import bilinear_patch, limits, plane, principal_plane, traversal
from hourglass.models import Model
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator


def model(dims: int, code: str = "none") -> Model:
    return models.build(NetworkSpec.model_validate({"latent": dims, "code": code, "encoder": Encoder(dense=(8,))}))


def normal(dims: int) -> Tensor:
    """Return codes (1000, dims), each dimension with twice the deviation of the one before."""
    return torch.randn(1000, dims, generator=generator(0, "codes")) * 2 ** torch.arange(dims)


def simplex(dims: int) -> Tensor:
    """Return codes (1000, dims) that sum to 1, some with one component close to 1."""
    return (2 * torch.randn(1000, dims, generator=generator(0, "shares"))).softmax(dim=1)


def test_traversal_changes_one_dimension_between_its_limits() -> None:
    codes = normal(5)
    dims, grid = traversal(model(5), codes, 7, 16)
    low, high = limits(codes)
    assert dims == [0, 1, 2, 3, 4]
    for dim in dims:
        others = [other for other in dims if other != dim]
        assert torch.allclose(grid[dim][:, others], codes.mean(dim=0)[others].expand(7, 4), atol=1e-5)
        assert torch.equal(grid[dim, [0, -1], dim], torch.stack([low[dim], high[dim]]))
        assert (grid[dim, :, dim].diff() > 0).all()


def test_limits_are_the_1st_and_99th_percentile() -> None:
    low, high = limits(torch.arange(101.0)[:, None].repeat(1, 2))
    assert (low.tolist(), high.tolist()) == ([1, 1], [99, 99])


def test_only_the_most_variable_dimensions_are_traversed() -> None:
    dims, grid = traversal(model(6), normal(6).flip(1), 3, 4)
    assert dims == [0, 1, 2, 3]
    assert grid.shape == (4, 3, 6)


def test_a_softmax_component_grows_while_the_others_keep_their_ratios() -> None:
    codes = simplex(4)
    dims, grid = traversal(model(4, "softmax"), codes, 7, 16)
    assert (grid >= 0).all()
    assert torch.allclose(grid.sum(dim=2), torch.ones(4, 7), atol=1e-6)
    for dim in dims:
        assert (grid[dim, :, dim].diff() > 0).all()
        others = [other for other in dims if other != dim]
        ratios = grid[dim][:, others].log().diff(dim=1)
        assert torch.allclose(ratios, codes.log().mean(dim=0)[others].diff().expand(7, 2), atol=1e-4)


def test_rows_of_the_plane_go_down_and_columns_to_the_right() -> None:
    grid, low, high = plane(model(2), normal(2), 20)
    assert (grid[:, :, 0].diff(dim=1) > 0).all()
    assert (grid[:, :, 1].diff(dim=0) < 0).all()
    assert torch.allclose(grid[0, 0], torch.stack([low[0] + (high - low)[0] / 40, high[1] - (high - low)[1] / 40]))
    assert torch.allclose(grid.flatten(0, 1).mean(dim=0), (low + high) / 2, atol=1e-5)


@pytest.mark.parametrize(("code", "lowest"), [("none", -0.5), ("relu", 0)])
def test_the_plane_of_constant_dimensions_has_a_range_of_valid_codes(code: str, lowest: float) -> None:
    grid, low, high = plane(model(2, code), torch.zeros(50, 2), 4)
    assert (low.tolist(), high.tolist()) == ([lowest, lowest], [0.5, 0.5])
    assert grid.min() > lowest


def test_the_principal_plane_spans_two_deviations_of_the_principal_directions() -> None:
    codes = normal(4) + 3
    grid = principal_plane(model(4), codes, 5)
    assert torch.allclose(grid[2, 2], codes.mean(dim=0), atol=1e-5)
    right, up = grid[2, 4] - grid[2, 2], grid[0, 2] - grid[2, 2]
    covariance = torch.cov(codes.T, correction=0)
    for step, variance in ((right, 64), (up, 16)):
        direction = step / step.norm()
        assert torch.allclose(covariance @ direction, (direction @ covariance @ direction) * direction, atol=1e-2)
        assert step.square().sum() == pytest.approx(4 * variance, rel=0.1)
    assert right @ up == pytest.approx(0, abs=1e-2)
    assert right[3] > 0
    assert up[2] > 0


@pytest.mark.parametrize("codes", [torch.ones(100, 3), torch.arange(100.0)[:, None]], ids=["constant", "one dimension"])
def test_missing_principal_directions_have_length_0(codes: Tensor) -> None:
    grid = principal_plane(model(codes.shape[1]), codes, 3)
    assert torch.equal(grid[0], grid[2])
    assert grid.isfinite().all()


def test_the_principal_plane_consists_of_valid_codes() -> None:
    shares = principal_plane(model(4, "softmax"), simplex(4), 5)
    assert (shares > 0).all()
    assert torch.allclose(shares.sum(dim=2), torch.ones(5, 5), atol=1e-6)
    free = principal_plane(model(4), normal(4).relu(), 5)
    assert (free < 0).any()
    assert torch.equal(principal_plane(model(4, "relu"), normal(4).relu(), 5), free.relu())


def test_a_bilinear_patch_has_the_codes_at_its_corners_and_their_mean_in_its_centre() -> None:
    corners = normal(3)[:4]
    patch = bilinear_patch(corners, 5)
    assert torch.equal(patch[[0, 0, 4, 4], [0, 4, 0, 4]], corners)
    assert torch.allclose(patch[2, 2], corners.mean(dim=0), atol=1e-5)
