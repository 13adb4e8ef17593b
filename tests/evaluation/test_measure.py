"""Metrics of a model, compared with direct computations on its reconstructions and codes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from shapes import IMAGE
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from hourglass import evaluation, models
from hourglass.corruptions import TrainingInputs
from hourglass.evaluation import EvaluationData, Measurements
from hourglass.images import to_float
from hourglass.metrics import METRICS
from hourglass.metrics.codes import leave_one_out_predictions
from hourglass.models import Model
from hourglass.models.spec import NetworkSpec, PcaSpec

NETWORKS: dict[str, dict[str, Any]] = {
    "autoencoder": {"latent": 5, "output": "tanh", "encoder": {"dense": [16]}},
    "vae": {"latent": 3, "code": "gaussian", "encoder": {"dense": [16]}},
    "pca": {"latent": 4, "kind": "pca"},
}


@pytest.fixture(scope="module", params=NETWORKS)
def model(request: pytest.FixtureRequest, data: EvaluationData) -> Model:
    """A fitted PCA or an untrained network."""
    if request.param == "pca":
        pca = models.Pca(PcaSpec.model_validate(NETWORKS["pca"]), IMAGE)
        pca.fit(data.train.images)
        return pca
    return models.build(NetworkSpec.model_validate(NETWORKS[request.param]), IMAGE, 1).eval()


@pytest.fixture(scope="module")
def measurements(model: Model, data: EvaluationData, noisy: TrainingInputs) -> Measurements:
    return evaluation.measure(model, data, noisy)


def mse(images: torch.Tensor, targets: torch.Tensor) -> float:
    return (images.double() - to_float(targets).double()).square().mean().item()


@torch.no_grad()
def test_reconstructions_are_compared_with_the_clean_test_images(
    model: Model, measurements: Measurements, data: EvaluationData
) -> None:
    test, values = data.test, measurements.metrics
    for name, inputs in data.inputs.items():
        prefix, images = "" if name == "none" else f"{name}_", model(to_float(inputs.images))
        assert values[f"{prefix}mse"] == pytest.approx(mse(images, test.images), rel=1e-6)
        assert values[f"{prefix}psnr"] == pytest.approx(-10 * np.log10(values[f"{prefix}mse"]))
        predictions = data.classifier.predict(images)
        assert values[f"{prefix}label_accuracy"] == (predictions == test.labels).double().mean().item()
        assert values[f"{prefix}prediction_agreement"] == (predictions == data.predictions).double().mean().item()


@torch.no_grad()
def test_codes_of_test_images_are_compared_with_those_of_training_images(
    model: Model, measurements: Measurements, data: EvaluationData
) -> None:
    values, labels = measurements.metrics, data.test.labels.numpy()
    train, test = (model.encode(to_float(images.images)).numpy() for images in (data.train, data.test))
    assert values["latent_dim"] == values["free_dims"] == test.shape[1]
    assert values["active_units"] == models.active_units(model, torch.from_numpy(test))
    assert values["silhouette"] == pytest.approx(silhouette_score(test, labels), abs=1e-5)
    assert values["knn"] == KNeighborsClassifier(10).fit(train, data.train.labels.numpy()).score(test, labels)
    assert values["leave_one_out_knn"] == (leave_one_out_predictions(test, labels) == labels).mean()
    scaler = StandardScaler().fit(train)
    probe = LogisticRegression(max_iter=1000).fit(scaler.transform(train), data.train.labels.numpy())
    assert values["linear_probe"] == pytest.approx(probe.score(scaler.transform(test), labels), abs=0.01)


def test_in_domain_metrics_are_those_of_clean_images_on_the_training_corruption(
    model: Model, measurements: Measurements, data: EvaluationData, noisy: TrainingInputs
) -> None:
    values = measurements.metrics
    corrupted = replace(data, train=replace(data.train, images=noisy.train), inputs={"none": data.inputs["gaussian"]})
    expected = evaluation.measure(model, corrupted, TrainingInputs.of(data.train, data.inputs["none"], 0)).metrics
    for key in ("mse", "psnr", "ssim", "label_accuracy", "knn", "linear_probe", "silhouette", "participation_ratio"):
        assert values[f"in_domain_{key}"] == expected[key]
    assert values["in_domain_mse"] == values["gaussian_mse"] != values["mse"]
    assert values["wrong_class"] == pytest.approx(1 - values["in_domain_label_accuracy"])


def test_metrics_are_functions_of_the_means_of_their_per_image_values(measurements: Measurements) -> None:
    means = {key: values.double().mean().item() for key, values in measurements.per_image.items()}
    assert (
        {"mse", "gaussian_psnr", "label_accuracy", "knn", "in_domain_mse", "wrong_class"} < means.keys() <= set(METRICS)
    )
    for key, mean in means.items():
        expected = -10 * np.log10(-mean) if key.endswith("psnr") else mean
        assert measurements.metrics[key] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("grey", "collapsed"), [(0.65, True), (0.7, False)])  # limit: 10 % below the mean image
def test_a_model_collapsed_if_it_is_hardly_better_than_the_mean_image(
    data: EvaluationData, noisy: TrainingInputs, grey: float, collapsed: bool
) -> None:
    """The mean training image, 0.6, has an error of 0.2 on the test images, grey 0.65 has 0.1825 and 0.7 has 0.17."""
    train, test = torch.zeros_like(data.train.images), torch.zeros_like(data.test.images)
    train[:180], test[:160] = 255, 255  # 60 % of 300 and 80 % of 200 images are white
    model = models.Pca(PcaSpec(kind="pca", latent=1), IMAGE)
    model.mean.fill_(grey)  # the only output, as there are no components
    images = replace(data, train=replace(data.train, images=train), test=replace(data.test, images=test))
    measurements = evaluation.measure(model, images, noisy)
    assert measurements.metrics["mse"] == pytest.approx(0.8 * (1 - grey) ** 2 + 0.2 * grey**2)
    assert measurements.collapsed == collapsed
