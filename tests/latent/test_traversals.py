"""Traversals of latent dimensions, and planes of codes."""

import numpy as np
import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import models
from hourglass.latent.traversals import PLANE_EXTENT_SD, corners, plane, principal_plane, traversal
from hourglass.models import Model
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.randomness import generator


def network(dims: int, code: str = "none") -> Model:
    return models.build(
        NetworkSpec.model_validate({"latent": dims, "code": code, "encoder": Encoder(dense=(8,))}), IMAGE
    )


def random_codes(dims: int) -> Tensor:
    """Return codes (1000, dims), each dimension with twice the standard deviation of the one before it."""
    return torch.randn(1000, dims, generator=generator(0, "codes")) * 2 ** torch.arange(dims)


def softmax_codes(dims: int) -> Tensor:
    """Return positive codes (1000, dims) that sum to 1, some of them close to a corner."""
    return (2 * torch.randn(1000, dims, generator=generator(0, "softmax"))).softmax(dim=1)


def test_a_traversal_moves_one_dimension_between_percentiles_and_leaves_the_others_at_their_mean() -> None:
    codes = random_codes(5)
    dims, grid = traversal(network(5), codes, 7, 16)
    assert (dims, grid.shape) == ([0, 1, 2, 3, 4], (5, 7, 5))
    low, high = np.percentile(codes.numpy(), [1, 99], axis=0)
    for dim in dims:
        others = [other for other in dims if other != dim]
        assert torch.allclose(grid[dim][:, others], codes.mean(dim=0)[others].expand(7, 4), atol=1e-5)
        assert grid[dim, [0, -1], dim].tolist() == pytest.approx([low[dim], high[dim]], rel=1e-5)
        assert (grid[dim, :, dim].diff() > 0).all()


def test_a_softmax_component_grows_while_the_others_keep_their_ratios() -> None:
    codes = softmax_codes(4)
    _, grid = traversal(network(4, "softmax"), codes, 7, 16)
    assert (grid >= 0).all()
    assert torch.allclose(grid.sum(dim=2), torch.ones(4, 7), atol=1e-6)
    means = codes.log().mean(dim=0)
    for dim in range(4):
        others = [other for other in range(4) if other != dim]
        assert (grid[dim, :, dim].diff() > 0).all()
        ratios = grid[dim][:, others].log().diff(dim=1)
        assert torch.allclose(ratios, means[others].diff().expand(7, 2), atol=1e-4)


def test_a_plane_is_laid_out_like_a_plot() -> None:
    grid, low, high = plane(network(2), random_codes(2), 20)
    assert (grid[:, :, 0].diff(dim=1) > 0).all()  # to the right
    assert (grid[:, :, 1].diff(dim=0) < 0).all()  # downwards
    half_cell = (high - low) / 40
    assert torch.allclose(grid[0, 0], torch.stack([low[0] + half_cell[0], high[1] - half_cell[1]]))
    assert torch.allclose(grid.flatten(0, 1).mean(dim=0), (low + high) / 2, atol=1e-5)


def test_the_corners_of_the_plane_between_images_are_distinct_classes_if_there_are_four() -> None:
    assert [len({*corners(classes)}) for classes in (1, 2, 4, 8, 10, 26)] == [1, 2, 4, 4, 4, 4]
    assert all(max(corners(classes)) < classes for classes in range(1, 27))


def test_the_principal_plane_is_that_of_numpy() -> None:
    codes = random_codes(4) + 3
    grid = principal_plane(network(4), codes, 5)
    centred = codes.double().numpy() - codes.double().numpy().mean(axis=0)
    _, values, directions = np.linalg.svd(centred, full_matrices=False)
    assert torch.allclose(grid[2, 2], codes.mean(dim=0), atol=1e-5)
    for number, step in enumerate((grid[2, 4] - grid[2, 2], grid[0, 2] - grid[2, 2])):
        expected = PLANE_EXTENT_SD * values[number] / np.sqrt(len(codes)) * directions[number]
        expected *= np.sign(expected[np.abs(expected).argmax()])
        assert np.allclose(step, expected, atol=1e-3)


def test_the_principal_plane_has_valid_codes() -> None:
    softmax = principal_plane(network(4, "softmax"), softmax_codes(4), 5)
    assert (softmax > 0).all()
    assert torch.allclose(softmax.sum(dim=2), torch.ones(5, 5), atol=1e-6)
    codes = random_codes(4).relu()
    unconstrained = principal_plane(network(4), codes, 5)
    assert (unconstrained < 0).any()
    assert torch.equal(principal_plane(network(4, "relu"), codes, 5), unconstrained.relu())
