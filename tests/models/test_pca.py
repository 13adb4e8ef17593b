"""Principal components against scikit-learn's, and against the published error on MNIST."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from hourglass import models
from hourglass.images import Images, to_float
from hourglass.models import Pca, mean_squared_error
from hourglass.models.spec import PcaSpec


def _fitted(images: torch.Tensor, latent: int) -> Pca:
    model = models.build(PcaSpec(kind="pca", latent=latent))
    assert isinstance(model, Pca)
    model.fit(images)
    return model


@pytest.mark.parametrize("latent", [1, 2, 8, 40])
def test_codes_and_reconstructions_are_those_of_scikit_learn(digits: Images, latent: int) -> None:
    model = _fitted(digits.images, latent)
    theirs = PCA(latent, svd_solver="full").fit(digits.images.flatten(1).double().numpy() / 255)
    inputs = to_float(digits.images[:50])
    codes = model.encode(inputs)
    expected = theirs.transform(inputs.flatten(1).double().numpy())
    signs = np.sign((codes.numpy() * expected).sum(axis=0))  # a component's sign is a convention
    assert np.allclose(codes.numpy(), expected * signs, atol=1e-4)
    assert np.allclose(model(inputs).flatten(1).numpy(), theirs.inverse_transform(expected), atol=1e-4)
    assert np.allclose(model.components.numpy(), theirs.components_ * signs[:, None], atol=1e-4)


def test_components_are_orthonormal_and_signed() -> None:
    images = torch.randint(0, 256, (300, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    components = _fitted(images, 20).components
    assert torch.allclose(components @ components.T, torch.eye(20), atol=1e-5)
    assert (components.gather(1, components.abs().argmax(dim=1, keepdim=True)) > 0).all()


def test_all_components_leave_no_error_and_more_never_leave_more(digits: Images) -> None:
    errors = [mean_squared_error(_fitted(digits.images, k), digits.images, digits.images) for k in (1, 5, 50, 784)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-9


def test_equal_images_are_reconstructed_whole() -> None:
    image = torch.randint(0, 256, (28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    model = _fitted(image.expand(10, 28, 28), 3)
    inputs = to_float(image[None])
    assert torch.allclose(model(inputs), inputs, atol=1e-5)
    assert model.encode(inputs).isfinite().all()


@pytest.mark.slow
def test_thirty_components_leave_the_published_error_on_mnist(real: Callable[[str, str], Images]) -> None:
    train, test = real("mnist", "train").images, real("mnist", "test").images
    per_image = 784 * mean_squared_error(_fitted(train, 30), test, test)
    assert per_image == pytest.approx(13.87, abs=0.005)  # Hinton & Salakhutdinov 2006


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "errors"),
    [
        ("fashion_mnist", {2: 0.04610, 8: 0.02661, 10: 0.02435, 32: 0.01514}),
        ("mnist", {2: 0.05567, 8: 0.03744, 10: 0.03407, 32: 0.01683}),
    ],
)
def test_errors_are_those_measured_for_spec(
    real: Callable[[str, str], Images], dataset: str, errors: dict[int, float]
) -> None:
    test = real(dataset, "test").images
    largest = _fitted(real(dataset, "train").images, max(errors))
    found = {}
    for latent in errors:
        model = models.build(PcaSpec(kind="pca", latent=latent))
        model.load_state_dict({"mean": largest.mean, "components": largest.components[:latent]})
        found[latent] = mean_squared_error(model, test, test)
    assert found == pytest.approx(errors, abs=5.1e-6)
