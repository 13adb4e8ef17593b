"""The whole latent analysis of small models on digits."""

from pathlib import Path
from typing import Any

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import classifier, latent, models
from hourglass.corruptions import Corruption, TrainingInputs
from hourglass.images import Images, to_uint8
from hourglass.models import Model, Pca
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.records import LatentAnalysis, LatentImages
from hourglass.samplers import SAMPLERS, Sampler

NETWORKS: dict[str, dict[str, Any]] = {
    "softmax with two dimensions": {"latent": 2, "code": "softmax"},
    "gaussian": {"latent": 20, "code": "gaussian"},
    "one dimension": {"latent": 1},
}
SAMPLES = 50


def part(data: Images, start: int, stop: int) -> Images:
    return Images(data.images[start:stop], data.labels[start:stop], data.dataset, data.classes)


class Case:
    """PCA with six dimensions, a classifier trained on digits, and its analysis; training images are negatives."""

    def __init__(self, digits: Images) -> None:
        self.model = Pca(PcaSpec(kind="pca", latent=6), IMAGE)
        self.model.fit(torch.cat([digits.images, 255 - digits.images]))
        self.classifier = classifier.build(IMAGE, 10, 0).eval()
        self.test, train = part(digits, 0, 200), part(digits, 200, 700)
        self.train = Images(255 - train.images, train.labels, train.dataset, train.classes)
        self.inputs = TrainingInputs(Corruption("none"), self.train.images, self.test.images)
        self.codes = models.encode(self.model, self.test.images)
        self.analysis, self.images = self.analyse()

    def analyse(self) -> tuple[LatentAnalysis, LatentImages]:
        return latent.analyse(self.model, self.train, self.test, self.inputs, self.classifier, SAMPLES, 0)

    def decode(self, codes: Tensor) -> Tensor:
        return to_uint8(models.decode(self.model, codes))


@pytest.fixture(scope="module")
def case(digits: Images) -> Case:
    return Case(digits)


def close(images: Tensor, others: Tensor) -> bool:
    """Return whether uint8 images are equal up to rounding."""
    return images.shape == others.shape and bool(((images.int() - others.int()).abs() <= 1).all())


def test_mixtures_are_decoded_from_class_means_of_test_codes(case: Case) -> None:
    means = torch.stack([case.codes[case.test.labels == label].mean(dim=0) for label in range(10)])
    assert close(case.images.mixtures.diagonal().movedim(-1, 0), case.decode(means))
    assert close(case.images.mixtures[3], case.decode((means[3] + means) / 2))
    predictions = case.classifier.predict(models.decode(case.model, means))
    assert torch.equal(case.images.mean_predictions, predictions)
    pair = models.decode(case.model, ((means[3] + means[5]) / 2)[None])
    assert case.images.mixture_predictions[5, 3] == case.classifier.predict(pair)
    recognised = (predictions == torch.arange(10)).double().mean()
    assert case.analysis.metrics["class_means_recognised"] == recognised


def test_random_codes_follow_the_training_images_and_are_decoded(case: Case) -> None:
    train = models.encode(case.model, case.train.images).mean(dim=0)
    for name, codes in case.images.generated_codes.items():
        assert (codes.mean(dim=0) - train).norm() < (codes.mean(dim=0) - case.codes.mean(dim=0)).norm(), name
        assert close(case.images.generated[name], case.decode(codes))


def test_a_registered_sampler_appears_in_metrics_and_images(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def zeros(model: Model, codes: Tensor, count: int, seed: int) -> Tensor:
        return torch.zeros(count, codes.shape[1])

    monkeypatch.setitem(SAMPLERS, "zeros", Sampler("codes that are zero", zeros))
    analysis, images = case.analyse()
    assert analysis.metrics["frechet_zeros"] > 0
    assert close(images.generated["zeros"], case.decode(torch.zeros(10, 6)))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_code_gives_valid_records(digits: Images, name: str, tmp_path: Path) -> None:
    test, train = part(digits, 0, 100), part(digits, 100, 300)
    model = models.build(NetworkSpec.model_validate({**NETWORKS[name], "encoder": {"dense": [16]}}), IMAGE, 1).eval()
    inputs = TrainingInputs(Corruption("occlusion", occlusion=9), 255 - train.images, 255 - test.images)
    analysis, images = latent.analyse(model, train, test, inputs, classifier.build(IMAGE, 10, 0).eval(), SAMPLES, 0)
    analysis.save(tmp_path / "analysis.json")
    images.save(tmp_path / "images.safetensors")
    assert LatentAnalysis.load(tmp_path / "analysis.json") == analysis
    loaded = LatentImages.load(tmp_path / "images.safetensors")
    names, dims = [key for key in SAMPLERS if key != "prior" or name == "gaussian"], NETWORKS[name]["latent"]
    frechet = {f"frechet_{key}" for key in names}
    in_domain = {f"in_domain_{key}" for key in frechet - {"frechet_prior"}}
    others = {"embedding_knn", "class_means_recognised", "lines_within", "lines_between"}
    assert analysis.metrics.keys() == others | frechet | in_domain
    assert analysis.in_domain is not None
    assert {key: codes.shape for key, codes in loaded.generated_codes.items()} == dict.fromkeys(names, (10, dims))
    assert loaded.embedding.shape == loaded.in_domain_embedding.shape == (SAMPLES, 2)
    assert loaded.traversal.shape[:2] == (min(dims, 16), 9)
    assert loaded.latent_plane == {}


def test_collapsed_codes_have_no_active_dimension(digits: Images) -> None:
    model = models.build(
        NetworkSpec.model_validate({"latent": 2, "code": "relu", "encoder": {"dense": [16]}}), IMAGE
    ).eval()
    assert isinstance(model, models.Autoencoder)
    last = [module for module in model.encoder if isinstance(module, torch.nn.Linear)][-1]
    torch.nn.init.constant_(last.bias, -100)
    test, train = part(digits, 0, 60), part(digits, 60, 200)
    inputs = TrainingInputs(Corruption("none"), train.images, test.images)
    analysis, images = latent.analyse(model, train, test, inputs, classifier.build(IMAGE, 10, 0).eval(), SAMPLES, 0)
    assert not images.traversal_active.any()
    assert analysis.in_domain is None
    assert images.in_domain_embedding.shape == (0, 2)
