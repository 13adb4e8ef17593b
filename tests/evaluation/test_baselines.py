"""The yardsticks: the best linear filter and principal components."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from torch import Tensor

from hourglass import evaluation, training
from hourglass.data import Corruption, Images, as_input, as_stored
from hourglass.randomness import generator


class Unclipped(Corruption):
    """Gaussian noise that may leave [0, 1]."""

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return images + self.sigma * torch.randn(images.shape, generator=generator)


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "expected"), [("mnist", 19.10), ("fashion_mnist", 18.84)])
def test_the_linear_filter_reaches_specs_figure_without_clipping_and_passes_it_with(
    real: Callable[[str, str], Images], dataset: str, expected: float
) -> None:
    """SPEC's figures are of noise that is not clipped; what clipping takes away, no filter needs to remove."""
    train, test = real(dataset, "train").images, real(dataset, "test").images
    unclipped = _restored(train, test, Unclipped("gaussian", sigma=0.3))
    clipped = _restored(train, test, Corruption("gaussian", sigma=0.3))
    assert unclipped == pytest.approx(expected, abs=0.15)
    assert clipped > expected + 0.2


def _restored(train: Tensor, test: Tensor, corruption: Corruption) -> float:
    """PSNR of the test images, corrupted and filtered."""
    weights = evaluation.linear_filter(train, corruption, generator(0, "filter"))
    noisy = corruption.apply(as_input(test), generator(0, "test")).flatten(1).double()
    images = torch.cat([noisy, torch.ones(len(noisy), 1)], dim=1) @ weights
    return _psnr(images.float().unflatten(1, (1, 28, 28)), test)


def _psnr(images: Tensor, targets: Tensor) -> float:
    return evaluation.psnr(evaluation.image_errors(images, targets).mean().item())


@pytest.mark.parametrize("name", ["gaussian", "occlusion", "gaussian_occlusion"])
def test_the_linear_filter_beats_the_identity_on_images_it_has_not_seen(digits: Images, name: str) -> None:
    corruption = Corruption(name, sigma=0.3 if "gaussian" in name else 0, occlusion=12 if "occlusion" in name else 0)
    # each training image ten times, each time with other noise: fewer images than pixels would not do
    train, test = digits.images[:1000].repeat(10, 1, 1), digits.images[1000:]
    weights = evaluation.linear_filter(train, corruption, generator(0, "filter"))
    inputs = as_stored(corruption.apply(as_input(test), generator(0, "test")))
    assert weights.shape == (785, 784)
    restored = evaluation.filtered(weights, inputs)
    assert restored.shape == (297, 1, 28, 28)
    assert _psnr(restored, test) > _psnr(inputs, test) + 1


def test_the_linear_filter_is_the_regression_with_a_constant() -> None:
    images = torch.randint(0, 256, (2000, 28, 28), dtype=torch.uint8, generator=generator(0, "images"))
    corruption = Corruption("gaussian", sigma=0.2)
    weights = evaluation.linear_filter(images, corruption, generator(0, "filter"))
    noisy = corruption.apply(as_input(images), generator(0, "filter")).flatten(1).double().numpy()
    expected = LinearRegression().fit(noisy, as_input(images).flatten(1).double().numpy())
    assert np.allclose(weights[:-1].numpy(), expected.coef_.T, atol=1e-6)
    assert np.allclose(weights[-1].numpy(), expected.intercept_, atol=1e-6)


def test_without_corruption_the_linear_filter_is_the_identity() -> None:
    images = torch.randint(0, 256, (1500, 28, 28), dtype=torch.uint8, generator=generator(0, "images"))
    weights = evaluation.linear_filter(images, Corruption("none"), generator(0, "filter"))
    assert torch.allclose(weights[:-1], torch.eye(784, dtype=torch.float64), atol=1e-6)
    assert evaluation.image_errors(evaluation.filtered(weights, images), images).mean() < 1e-10


def test_pixels_that_are_always_black_stay_black(digits: Images) -> None:
    images = digits.images[:900].clone()
    images[:, :, :10] = 0
    weights = evaluation.linear_filter(images, Corruption("occlusion", occlusion=8), generator(0, "filter"))
    assert weights.isfinite().all()
    assert evaluation.filtered(weights, images)[..., :10].abs().max() < 1e-4


def test_pca_is_fitted_with_as_many_components_as_asked_for(digits: Images) -> None:
    fitted = evaluation.fitted_pcas(digits.images, {8, 5000})
    assert list(fitted) == [8, 5000]
    assert fitted[8].components.shape == (8, 784)
    assert fitted[5000].components.shape == (784, 784)
    assert evaluation.image_errors(models.reconstruct(fitted[5000], digits.images), digits.images).mean() < 1e-9


def test_pca_fitted_for_several_sizes_is_the_same_as_for_one(digits: Images) -> None:
    together, alone = (evaluation.fitted_pcas(digits.images, sizes)[3] for sizes in ((3, 10), (3,)))
    given = as_input(digits.images[:50])
    assert torch.equal(together(given), alone(given))
