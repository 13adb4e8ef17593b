"""Baselines against scikit-learn, and reduced-rank regression against alternating least squares."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from shapes import IMAGE
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from torch import Tensor

from hourglass import evaluation, models
from hourglass.corruptions import TESTED, Corruption
from hourglass.evaluation import EvaluationData
from hourglass.evaluation.baselines import (
    LinearSums,
    apply_linear,
    fit_pcas,
    linear_filter,
    linear_sums,
    reduced_rank,
)
from hourglass.images import Images, to_float
from hourglass.metrics import image_errors, psnr_from_mse
from hourglass.randomness import generator
from hourglass.records import Baselines


class Unclipped(Corruption):
    """Gaussian noise that may leave [0, 1]."""

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Add noise without clipping."""
        return images + self.strengths["sigma"] * torch.randn(images.shape, generator=generator)


def fit(images: Tensor, corruption: Corruption) -> Tensor:
    return linear_filter(linear_sums(images, corruption, generator(0, "filter")))


def psnr(images: Tensor, targets: Tensor) -> float:
    return psnr_from_mse(image_errors(images, targets).mean().item())


@pytest.mark.slow
def test_linear_filter_reaches_the_published_psnr_on_unclipped_noise(real: Callable[[str, str], Images]) -> None:
    """Clipping removes noise that the filter would have to remove: on clipped noise it does better."""
    expected, (train, test) = 19.10, (real("mnist", split).images for split in ("train", "test"))
    results = []
    for corruption in Unclipped("gaussian", sigma=0.3), Corruption("gaussian", sigma=0.3):
        weights, inputs = fit(train, corruption), corruption.apply(to_float(test), generator(0, "test"))
        pixels = torch.cat([inputs.flatten(1).double(), torch.ones(len(inputs), 1)], dim=1)
        results.append(psnr((pixels @ weights).float().unflatten(1, IMAGE), test))
    assert results[0] == pytest.approx(expected, abs=0.15)
    assert results[1] > expected + 0.2


def test_linear_filter_is_linear_regression() -> None:
    images = torch.randint(0, 256, (500, 1, 12, 10), dtype=torch.uint8, generator=generator(0, "images"))
    corruption = Corruption("gaussian", sigma=0.2)
    weights = fit(images, corruption)
    noisy = corruption.apply(to_float(images), generator(0, "filter")).flatten(1).double().numpy()
    expected = LinearRegression().fit(noisy, to_float(images).flatten(1).double().numpy())
    assert np.allclose(weights[:-1].numpy(), expected.coef_.T, atol=1e-6)
    assert np.allclose(weights[-1].numpy(), expected.intercept_, atol=1e-6)


def test_pixels_that_are_always_black_stay_black(digits: Images) -> None:
    images = digits.images[:900].clone()
    images[..., :10] = 0
    weights = fit(images, Corruption("occlusion", occlusion=8))
    assert weights.isfinite().all()
    assert apply_linear(weights, images)[..., :10].abs().max() < 1e-4


def test_alternating_least_squares_finds_no_better_map_of_that_rank() -> None:
    noise = generator(0, "pixels")
    noisy = torch.randn(200, 784, generator=noise, dtype=torch.float64)
    noisy[:, 6:] = 0
    clean = noisy.roll(1, 1) + noisy.square() + torch.randn(784, generator=noise)
    inputs = torch.cat([noisy, torch.ones(200, 1, dtype=torch.float64)], dim=1)
    sums = LinearSums(inputs.T @ inputs, inputs.T @ clean)
    weights = reduced_rank(sums, linear_filter(sums), [2])[2]
    errors = []
    for _ in range(3):
        decoder = torch.randn(2, 784, generator=noise, dtype=torch.float64)
        centred, target = noisy[:, :6] - noisy[:, :6].mean(0), clean - clean.mean(0)
        for _ in range(60):
            encoder = torch.linalg.lstsq(centred, target @ torch.linalg.pinv(decoder)).solution
            decoder = torch.linalg.lstsq(centred @ encoder, target).solution
        errors.append((centred @ encoder @ decoder - target).square().mean().item())
    assert (inputs @ weights - clean).square().mean().item() == pytest.approx(min(errors), rel=1e-9)


def test_pcas_of_several_dimensions_equal_those_fitted_alone(digits: Images) -> None:
    pcas = fit_pcas(digits, {3, 5000})
    assert list(pcas) == [3, 5000]
    assert torch.equal(pcas[3].components, fit_pcas(digits, {3})[3].components)
    assert pcas[5000].components.shape == (784, 784)
    assert image_errors(models.reconstruct(pcas[5000], digits.images), digits.images).mean() < 1e-9


@pytest.fixture(scope="module")
def record(data: EvaluationData) -> Baselines:
    return evaluation.baselines(data, (7, 2), 3)


def test_baselines_of_the_clean_images(data: EvaluationData, record: Baselines) -> None:
    train, test = (part.images.flatten(1).double().numpy() / 255 for part in (data.train, data.test))
    mean_image = np.square(test - train.mean(axis=0)).mean()
    assert record.mean_image == {"mse": pytest.approx(mean_image), "psnr": pytest.approx(-10 * np.log10(mean_image))}
    assert record.originals["label_accuracy"] == (data.predictions == data.test.labels).double().mean().item()
    assert list(record.pca) == ["2", "7"]
    for dim, entry in record.pca.items():
        pca = PCA(int(dim), svd_solver="full").fit(train)
        outputs = pca.inverse_transform(pca.transform(test))
        assert entry.clean["mse"] == pytest.approx(np.square(outputs - test).mean(), rel=1e-4)
        assert entry.clipped["mse"] == pytest.approx(np.square(outputs.clip(0, 1) - test).mean(), rel=1e-4)
        inputs = data.inputs["gaussian"].images.flatten(1).double().numpy() / 255
        outputs = pca.inverse_transform(pca.transform(inputs))
        assert entry.corrupted["gaussian"]["mse"] == pytest.approx(np.square(outputs - test).mean(), rel=1e-4)


def test_outliers_are_found_by_the_distance_of_pixels(data: EvaluationData, record: Baselines) -> None:
    train, test, noise = (
        to_float(images).flatten(1) for images in (data.train.images, data.test.images, data.outliers["noise"])
    )
    normal, outliers = (torch.cdist(images, train).amin(dim=1) for images in (test, noise))
    higher = (outliers[:, None] > normal).double().mean().item()
    assert record.pixels["noise_distance_auroc"] == pytest.approx(higher, abs=1e-3)


def test_baselines_of_corrupted_images(data: EvaluationData, record: Baselines) -> None:
    assert set(record.corrupted) == set(TESTED) - {"none"}
    entry, inputs = record.corrupted["occlusion"], data.inputs["occlusion"].images
    assert entry.input["mse"] == pytest.approx(image_errors(inputs, data.test.images).mean().item())
    assert entry.linear_filter_clipped["mse"] < entry.linear_filter["mse"]
    corruption = data.inputs["occlusion"].corruption
    sums = linear_sums(data.train.images, corruption, generator(3, "linear filter", "occlusion"))
    maps = reduced_rank(sums, linear_filter(sums), [2, 7])
    assert entry.reduced_rank == {str(rank): data.scores(apply_linear(of, inputs)) for rank, of in maps.items()}
