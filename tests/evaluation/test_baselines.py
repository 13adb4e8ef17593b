"""The yardsticks: the best linear filter and principal components."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from torch import Tensor

from hourglass import evaluation, models
from hourglass.corruptions import TESTED, Corruption, Inputs
from hourglass.images import Images, to_float, to_uint8
from hourglass.randomness import generator


class Unclipped(Corruption):
    """Gaussian noise that may leave [0, 1]."""

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        return images + self.strengths["sigma"] * torch.randn(images.shape, generator=generator)


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


def fitted(images: Tensor, corruption: Corruption) -> Tensor:
    """The filter."""
    return evaluation.linear_filter(sums(images, corruption))


def sums(images: Tensor, corruption: Corruption) -> evaluation.LinearSums:
    return evaluation.linear_sums(images, corruption, generator(0, "filter"))


def _restored(train: Tensor, test: Tensor, corruption: Corruption) -> float:
    """PSNR of the test images, corrupted and filtered."""
    weights = fitted(train, corruption)
    noisy = corruption.apply(to_float(test), generator(0, "test")).flatten(1).double()
    images = torch.cat([noisy, torch.ones(len(noisy), 1)], dim=1) @ weights
    return _psnr(images.float().unflatten(1, (1, 28, 28)), test)


def _psnr(images: Tensor, targets: Tensor) -> float:
    return evaluation.psnr(evaluation.image_errors(images, targets).mean().item())


@pytest.mark.parametrize("name", [name for name in TESTED if name != "none"])
def test_the_linear_filter_beats_the_identity_on_images_it_has_not_seen(digits: Images, name: str) -> None:
    corruption = Corruption.of(name, {"sigma": 0.3, "occlusion": 12})
    # each training image ten times, each time with other noise: fewer images than pixels would not do
    train, test = digits.images[:1000].repeat(10, 1, 1), digits.images[1000:]
    weights = fitted(train, corruption)
    inputs = to_uint8(corruption.apply(to_float(test), generator(0, "test")))
    assert weights.shape == (785, 784)
    restored = evaluation.filtered(weights, inputs)
    assert restored.shape == (297, 1, 28, 28)
    assert _psnr(restored, test) > _psnr(inputs, test) + 1


def test_the_linear_filter_is_the_regression_with_a_constant() -> None:
    images = torch.randint(0, 256, (2000, 28, 28), dtype=torch.uint8, generator=generator(0, "images"))
    corruption = Corruption("gaussian", sigma=0.2)
    weights = fitted(images, corruption)
    noisy = corruption.apply(to_float(images), generator(0, "filter")).flatten(1).double().numpy()
    expected = LinearRegression().fit(noisy, to_float(images).flatten(1).double().numpy())
    assert np.allclose(weights[:-1].numpy(), expected.coef_.T, atol=1e-6)
    assert np.allclose(weights[-1].numpy(), expected.intercept_, atol=1e-6)


def test_without_corruption_the_linear_filter_is_the_identity() -> None:
    images = torch.randint(0, 256, (1500, 28, 28), dtype=torch.uint8, generator=generator(0, "images"))
    weights = fitted(images, Corruption("none"))
    assert torch.allclose(weights[:-1], torch.eye(784, dtype=torch.float64), atol=1e-6)
    assert evaluation.image_errors(evaluation.filtered(weights, images), images).mean() < 1e-10


def test_pixels_that_are_always_black_stay_black(digits: Images) -> None:
    images = digits.images[:900].clone()
    images[:, :, :10] = 0
    weights = fitted(images, Corruption("occlusion", occlusion=8))
    assert weights.isfinite().all()
    assert evaluation.filtered(weights, images)[..., :10].abs().max() < 1e-4


SIZES = (1, 5, 40, 784)


@pytest.fixture(scope="module")
def narrow(digits: Images) -> tuple[Tensor, Tensor, Tensor, dict[int, Tensor]]:
    """Corrupted pixels (N, 784), clean ones, the filter's weights and the maps of SIZES, all fitted to 1200 digits."""
    images, corruption = digits.images[:1200], Corruption("gaussian", sigma=0.3)
    given = sums(images, corruption)
    weights = evaluation.linear_filter(given)
    noisy = corruption.apply(to_float(images), generator(0, "filter")).flatten(1).double()
    clean = to_float(images).flatten(1).double()
    return noisy, clean, weights, evaluation.reduced_rank(given, weights, SIZES)


def test_the_best_map_of_a_rank_is_the_regression_cut_to_the_leading_components_of_its_fitted_values(
    narrow: tuple[Tensor, Tensor, Tensor, dict[int, Tensor]],
) -> None:
    noisy, clean, _, maps = narrow
    assert list(maps) == list(SIZES)
    values = LinearRegression().fit(noisy.numpy(), clean.numpy()).predict(noisy.numpy())
    for size in (1, 5, 40):
        expected = PCA(size, svd_solver="full").fit(values)
        found = noisy @ maps[size][:-1] + maps[size][-1]
        assert np.allclose(found, expected.inverse_transform(expected.transform(values)), atol=1e-6)
        assert torch.linalg.matrix_rank(maps[size][:-1], rtol=1e-8) == size


def test_no_other_map_of_the_rank_fits_better_than_alternating_least_squares_finds() -> None:
    """Brute force on six pixels: from random starts, each factor is solved for in turn with the other held."""
    draw = generator(0, "pixels")
    noisy = torch.randn(200, 784, generator=draw, dtype=torch.float64)
    noisy[:, 6:] = 0
    clean = noisy.roll(1, 1) + noisy.square() + torch.randn(784, generator=draw)
    constant = torch.ones(200, 1, dtype=torch.float64)
    given = torch.cat([noisy, constant], dim=1)
    added = evaluation.LinearSums(given.T @ given, given.T @ clean)
    found = evaluation.reduced_rank(added, evaluation.linear_filter(added), [2])[2]
    errors = []
    for _ in range(5):
        decoder = torch.randn(2, 784, generator=draw, dtype=torch.float64)
        centred, target = noisy[:, :6] - noisy[:, :6].mean(0), clean - clean.mean(0)
        for _ in range(300):
            encoder = torch.linalg.lstsq(centred, target @ torch.linalg.pinv(decoder)).solution
            decoder = torch.linalg.lstsq(centred @ encoder, target).solution
        errors.append((centred @ encoder @ decoder - target).square().mean().item())
    assert (given @ found - clean).square().mean().item() == pytest.approx(min(errors), rel=1e-9)


def test_more_numbers_never_fit_worse_and_all_of_them_are_the_filter(
    narrow: tuple[Tensor, Tensor, Tensor, dict[int, Tensor]],
) -> None:
    noisy, clean, weights, maps = narrow
    errors = [(noisy @ one[:-1] + one[-1] - clean).square().mean().item() for one in maps.values()]
    assert errors == sorted(errors, reverse=True)
    assert len(set(errors)) == len(SIZES)
    assert torch.allclose(maps[784], weights, atol=1e-9)


def test_pca_is_fitted_with_as_many_components_as_asked_for(digits: Images) -> None:
    fitted = evaluation.fitted_pcas(digits.images, {8, 5000})
    assert list(fitted) == [8, 5000]
    assert fitted[8].components.shape == (8, 784)
    assert fitted[5000].components.shape == (784, 784)
    assert evaluation.image_errors(models.reconstruct(fitted[5000], digits.images), digits.images).mean() < 1e-9


def test_pca_fitted_for_several_sizes_is_the_same_as_for_one(digits: Images) -> None:
    together, alone = (evaluation.fitted_pcas(digits.images, sizes)[3] for sizes in ((3, 10), (3,)))
    given = to_float(digits.images[:50])
    assert torch.equal(together(given), alone(given))


def test_the_mean_training_image_and_the_originals_are_yardsticks(data: evaluation.EvaluationData) -> None:
    found = evaluation.baselines(data, [2], 0)
    train, test = (to_float(part.images).double() for part in (data.train, data.test))
    expected = (test - train.mean(dim=0)).square().mean().item()
    assert found.mean_image == {"mse": pytest.approx(expected), "psnr": pytest.approx(-10 * np.log10(expected))}
    told = (data.classifier.classes(data.test.images) == data.test.labels).double().mean().item()
    assert found.originals == {"label_accuracy": told}
    assert 0.5 < told < (data.classifier.classes(data.train.images) == data.train.labels).double().mean()


def test_corrupted_images_are_measured_as_they_are_and_through_the_filter(data: evaluation.EvaluationData) -> None:
    found = evaluation.baselines(data, [5, 2], 3).corrupted
    assert set(found) == set(TESTED) - {"none"}
    for name, entry in found.items():
        given: Inputs = data.inputs[name]
        assert entry.input == data.scores(given.images)
        assert entry.input["psnr"] == pytest.approx(_psnr(given.images, data.test.images))
        draw = generator(3, "linear filter", name)
        added = evaluation.linear_sums(data.train.images, given.corruption, draw)
        weights = evaluation.linear_filter(added)
        images = evaluation.filtered(weights, given.images)
        assert entry.linear_filter == data.scores(images)
        assert entry.linear_filter_clipped == data.scores(images.clamp(0, 1))
        assert entry.linear_filter_clipped["mse"] < entry.linear_filter["mse"]
        maps = evaluation.reduced_rank(added, weights, [2, 5])
        assert entry.reduced_rank == {
            str(size): data.scores(evaluation.filtered(one, given.images)) for size, one in maps.items()
        }


def test_pca_is_fitted_to_training_images_and_measured_on_all_test_images(data: evaluation.EvaluationData) -> None:
    found = evaluation.baselines(data, (7, 2), 0).pca
    assert list(found) == ["2", "7"]
    train, test = (part.images.flatten(1).double().numpy() / 255 for part in (data.train, data.test))
    for size, entry in found.items():
        expected = PCA(int(size), svd_solver="full").fit(train)
        given = {name: inputs.images.flatten(1).double().numpy() / 255 for name, inputs in data.corrupted.items()}
        errors = {
            name: np.square(expected.inverse_transform(expected.transform(images)) - test).mean()
            for name, images in {**given, "clean": test}.items()
        }
        clipped = expected.inverse_transform(expected.transform(test)).clip(0, 1)
        assert entry.clipped["mse"] == pytest.approx(np.square(clipped - test).mean(), rel=1e-4)
        assert entry.clipped["mse"] < entry.clean["mse"]
        assert entry.clean["mse"] == pytest.approx(errors.pop("clean"), rel=1e-4)
        assert {name: scores["mse"] for name, scores in entry.restored.items()} == pytest.approx(errors, rel=1e-4)
