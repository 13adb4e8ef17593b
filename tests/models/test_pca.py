"""Principal components against scikit-learn and the published error on MNIST."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from shapes import IMAGE
from sklearn.decomposition import PCA

from hourglass import models
from hourglass.images import Images, to_float
from hourglass.models import Pca, mean_squared_error
from hourglass.models.spec import PcaSpec


def _fit(images: torch.Tensor, latent: int) -> Pca:
    model = models.build(PcaSpec(kind="pca", latent=latent), IMAGE)
    assert isinstance(model, Pca)
    model.fit(images)
    return model


def test_codes_and_reconstructions_match_scikit_learn(digits: Images) -> None:
    images = digits.images[:400]
    model = _fit(images, 40)
    reference = PCA(40, svd_solver="full").fit(images.flatten(1).double().numpy() / 255)
    inputs = to_float(digits.images[:50])
    codes = model.encode(inputs)
    expected = reference.transform(inputs.flatten(1).double().numpy())
    signs = np.sign((codes.numpy() * expected).sum(axis=0))  # the sign of a component is a convention
    assert np.allclose(codes.numpy(), expected * signs, atol=1e-4)
    assert np.allclose(model(inputs).flatten(1).numpy(), reference.inverse_transform(expected), atol=1e-4)
    assert np.allclose(model.components.numpy(), reference.components_ * signs[:, None], atol=1e-4)
    assert (model.components.gather(1, model.components.abs().argmax(dim=1, keepdim=True)) > 0).all()


def test_identical_images_are_reconstructed_exactly() -> None:
    image = torch.randint(0, 256, IMAGE, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    inputs = to_float(image[None])
    torch.testing.assert_close(_fit(image.expand(10, *IMAGE), 3)(inputs), inputs, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_thirty_components_have_the_published_error_on_mnist(real: Callable[[str, str], Images]) -> None:
    train, test = real("mnist", "train").images, real("mnist", "test").images
    per_image = 784 * mean_squared_error(_fit(train, 30), test, test)
    assert per_image == pytest.approx(13.87, abs=0.005)  # Hinton & Salakhutdinov 2006
