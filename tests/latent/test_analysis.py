"""Test that the whole analysis uses the right images, for every kind of code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass import classifier, latent, models
from hourglass.corruptions import Corruption, TrainingInputs
from hourglass.images import Images, to_uint8
from hourglass.latent.frechet import FrechetDistance
from hourglass.latent.traversals import EXPLORER_STEPS, PLANE_STEPS, STEPS
from hourglass.latent.tsne import embed
from hourglass.models import Autoencoder, Model, Pca
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import derive
from hourglass.records import LatentAnalysis, LatentImages
from hourglass.samplers import SAMPLERS
from hourglass.settings.params import ClassifierSpec

SAMPLES = 100
NETWORKS: dict[str, dict[str, Any]] = {
    "one dimension": {"latent": 1},
    "two dimensions": {"latent": 2},
    "ReLU": {"latent": 8, "code": "relu", "output": "tanh"},
    "softmax": {"latent": 10, "code": "softmax"},
    "softmax of two": {"latent": 2, "code": "softmax"},
    "gaussian": {"latent": 4, "code": "gaussian"},
    "twenty dimensions": {"latent": 20},
    "constant ReLU": {"latent": 3, "code": "relu"},
}


def part(data: Images, start: int, stop: int) -> Images:
    return Images(data.images[start:stop], data.labels[start:stop], data.dataset, data.classes)


def pca(dims: int, data: Images) -> Pca:
    """Fit a model that reconstructs images as well as their negatives."""
    model = Pca(PcaSpec(kind="pca", latent=dims))
    model.fit(torch.cat([data.images, 255 - data.images]))
    return model


def network(name: str) -> Model:
    """Build an untrained network; the constant one gives all images the same code."""
    model = models.build(NetworkSpec.model_validate({**NETWORKS[name], "encoder": {"dense": [16]}}), 1).eval()
    if "constant" in name:
        assert isinstance(model, Autoencoder)
        last = [module for module in model.encoder if isinstance(module, torch.nn.Linear)][-1]
        torch.nn.init.constant_(last.bias, -100)
    return model


class Case:
    """PCA with six dimensions, a trained classifier, and training images that are negatives."""

    def __init__(self, digits: Images) -> None:
        """Analyse once."""
        self.model = pca(6, digits)
        self.classifier = classifier.build(0)
        spec = ClassifierSpec(epochs=4, batch_size=50, learning_rate=1e-3)
        for _ in classifier.train(self.classifier, digits, spec, 0, torch.device("cpu")):
            pass
        self.test, positives = part(digits, 0, 300), part(digits, 300, 1000)
        self.train = Images(255 - positives.images, positives.labels, positives.dataset, positives.classes)
        self.codes = models.encode(self.model, self.test.images)
        self.inputs = TrainingInputs(Corruption("none"), self.train.images, self.test.images)
        self.analysis, self.images = self.analyse()

    def analyse(self, seed: int = 0) -> tuple[LatentAnalysis, LatentImages]:
        return latent.analyse(self.model, self.train, self.test, self.inputs, self.classifier, SAMPLES, seed)

    def decode(self, codes: Tensor) -> Tensor:
        return to_uint8(models.decode(self.model, codes))

    def distances(self, fitted: Tensor) -> dict[str, float]:
        """Return the Fréchet distance of every sampler fitted to codes of these images."""
        frechet, codes = FrechetDistance(self.classifier, self.test.images), models.encode(self.model, fitted)
        drawn = {
            name: sampler.draw(self.model, codes, len(self.codes), derive(0, "generation"))
            for name, sampler in SAMPLERS.items()
        }
        return {
            f"frechet_{name}": frechet(models.decode(self.model, samples))
            for name, samples in drawn.items()
            if samples is not None
        }


@pytest.fixture(scope="module")
def case(digits: Images) -> Case:
    return Case(digits)


def equal(images: Tensor, others: Tensor) -> bool:
    """Whether uint8 images are equal except for rounding."""
    return images.shape == others.shape and bool(((images.int() - others.int()).abs() <= 1).all())


def test_the_embedding_and_its_metrics_are_of_the_first_test_codes(case: Case) -> None:
    embedding, quality = embed(case.codes[:SAMPLES], case.test.labels[:SAMPLES], 0)
    assert torch.equal(case.images.embedding, embedding)
    assert case.analysis.embedding == quality
    assert case.analysis.metrics["embedding_knn"] == quality.knn
    assert (case.analysis.samples, case.analysis.latent_dim) == (SAMPLES, 6)
    assert torch.equal(case.images.codes, case.codes)


def test_interpolations_lead_from_the_first_image_of_a_pair_to_the_second(case: Case) -> None:
    start, end = case.images.ends.T
    assert (case.test.labels[start] == case.test.labels[end]).tolist() == [True] * 3 + [False] * 4
    images = case.images.interpolations
    assert equal(images[:, 0], to_uint8(models.reconstruct(case.model, case.test.images[start])))
    assert equal(images[:, -1], to_uint8(models.reconstruct(case.model, case.test.images[end])))
    assert equal(images[:, images.shape[1] // 2], case.decode((case.codes[start] + case.codes[end]) / 2))
    predictions = case.classifier.predict(images.flatten(0, 1)).unflatten(0, images.shape[:2])
    assert (predictions == case.images.interpolation_predictions).double().mean() > 0.98  # rounded to bytes


def test_mixtures_are_of_the_mean_test_codes_of_the_classes(case: Case) -> None:
    means = torch.stack([case.codes[case.test.labels == label].mean(dim=0) for label in range(10)])
    assert equal(case.images.mixtures.diagonal().movedim(-1, 0), case.decode(means))
    assert equal(case.images.mixtures[3], case.decode((means[3] + means) / 2))
    recognised = (case.images.mean_predictions == torch.arange(10)).double().mean().item()
    assert case.analysis.metrics["class_means_recognised"] == recognised > 0.8


def test_samplers_are_fitted_to_training_images_and_compared_with_test_images(case: Case) -> None:
    distances = case.distances(case.train.images)
    assert list(distances) == ["frechet_gaussian", "frechet_mixture", "frechet_uniform"]
    metrics = {key: value for key, value in case.analysis.metrics.items() if key.startswith("frechet")}
    assert metrics == distances
    floor = FrechetDistance(case.classifier, case.test.images)(case.train.images[:300])
    assert case.analysis.frechet_training_images == floor > 10  # negatives are far from positives
    for name, codes in case.images.generated_codes.items():
        assert equal(case.images.generated[name], case.decode(codes))


def test_in_domain_results_use_images_under_the_training_corruption(case: Case, tmp_path: Path) -> None:
    assert case.analysis.in_domain is None
    assert case.images.in_domain_embedding.shape == (0, 2)
    blurred = torch.nn.functional.avg_pool2d(case.test.images[:, None].float(), 5, 1, 2).byte()[:, 0]
    inputs = TrainingInputs(Corruption("occlusion", occlusion=5), case.test.images, blurred)
    analysis, images = latent.analyse(case.model, case.train, case.test, inputs, case.classifier, SAMPLES, 0)
    assert analysis.in_domain is not None
    codes = models.encode(case.model, blurred[:SAMPLES])
    embedding, quality = embed(codes, case.test.labels[:SAMPLES], 0)
    assert torch.equal(images.in_domain_embedding, embedding)
    assert (analysis.in_domain.corruption, analysis.in_domain.embedding) == ("occlusion", quality)
    assert analysis.in_domain.metrics == case.distances(case.test.images)
    assert analysis.metrics == case.analysis.metrics
    analysis.save(tmp_path / "analysis.json")
    assert LatentAnalysis.load(tmp_path / "analysis.json") == analysis


def test_planes_lie_between_four_test_images_and_around_the_mean_code(case: Case) -> None:
    first = case.test.first_of_each_class()[[0, 1, 7, 8]]
    corners = case.images.planes["images"][[0, 0, -1, -1], [0, -1, 0, -1]]
    assert equal(corners, to_uint8(models.reconstruct(case.model, case.test.images[first])))
    middle = EXPLORER_STEPS // 2
    centre = case.images.planes["principal"][middle, middle]
    assert equal(centre[None], case.decode(case.codes.mean(dim=0, keepdim=True)))


def test_reconstructions_are_of_the_first_test_images(case: Case) -> None:
    assert equal(case.images.reconstructions, to_uint8(models.reconstruct(case.model, case.test.images[:100])))


def test_traversals_run_between_percentiles_of_the_test_codes(case: Case) -> None:
    images = case.images
    assert images.traversal_dims.tolist() == list(range(6))
    assert images.traversal_active.all()
    for ends, percent, step in ((images.traversal_low, 1, 0), (images.traversal_high, 99, -1)):
        assert np.allclose(ends, np.percentile(case.codes.numpy(), percent, axis=0), atol=1e-5)
        codes = case.codes.mean(dim=0).repeat(6, 1)
        codes[range(6), range(6)] = ends
        assert equal(images.traversal[:, step], case.decode(codes))


def test_two_free_dimensions_have_a_latent_plane(case: Case, digits: Images, tmp_path: Path) -> None:
    model = pca(2, digits)
    _, images = latent.analyse(model, case.train, case.test, case.inputs, case.classifier, len(case.codes), 0)
    codes = models.encode(model, case.test.images)
    low, high = (torch.from_numpy(np.percentile(codes.numpy(), percent, axis=0)).float() for percent in (1, 99))
    plane = images.latent_plane
    assert torch.allclose(plane["low"], low, atol=1e-5)
    assert torch.allclose(plane["high"], high, atol=1e-5)
    half = (high - low) / PLANE_STEPS / 2
    top_left = torch.stack([low[0] + half[0], high[1] - half[1]])
    assert plane["images"].shape == (PLANE_STEPS, PLANE_STEPS, 28, 28)
    assert equal(plane["images"][0, 0][None], to_uint8(models.decode(model, top_left[None])))
    images.save(tmp_path / "pca.safetensors")
    saved = LatentImages.load(tmp_path / "pca.safetensors")
    assert saved.latent_plane.keys() == plane.keys()
    assert torch.equal(saved.embedding, saved.codes)
    assert case.images.latent_plane == {}


def test_results_follow_the_seed(case: Case, tmp_path: Path) -> None:
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        analysis, images = case.analyse(seed)
        assert (analysis == case.analysis) == (seed == 0)
        images.save(tmp_path / name)
    first, again, other = ((tmp_path / name).read_bytes() for name in ("first", "again", "other"))
    assert first == again != other


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_code_is_analysed(digits: Images, name: str, tmp_path: Path) -> None:
    test, train, dims = part(digits, 0, 200), part(digits, 200, 400), NETWORKS[name]["latent"]
    inputs = TrainingInputs(Corruption("occlusion", occlusion=9), 255 - train.images, 255 - test.images)
    analysis, images = latent.analyse(network(name), train, test, inputs, classifier.build(0).eval(), 50, 0)
    analysis.save(tmp_path / "analysis.json")  # refuses NaN
    images.save(tmp_path / "images.safetensors")
    images = LatentImages.load(tmp_path / "images.safetensors")
    fitted = [sampler for sampler in SAMPLERS if sampler != "prior"]
    expected = [*(["prior"] if name == "gaussian" else []), *fitted]
    distances = [key for key in analysis.metrics if key.startswith("frechet")]
    assert distances == [f"frechet_{sampler}" for sampler in expected]
    assert {sampler: codes.shape for sampler, codes in images.generated_codes.items()} == dict.fromkeys(
        expected, (10, dims)
    )
    assert analysis.in_domain is not None
    assert list(analysis.in_domain.metrics) == [f"frechet_{sampler}" for sampler in fitted]
    assert images.traversal.shape == (min(dims, 16), STEPS, 28, 28)
    if "constant" in name:
        assert not images.traversal_active.any()
    assert bool(images.latent_plane) == (name == "two dimensions")  # a softmax of two has one free dimension
