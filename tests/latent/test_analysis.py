"""The whole analysis: what it says is of the right images, and every kind of code is looked into."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass import classifier, latent, models
from hourglass.corruptions import Corruption
from hourglass.corruptions import TrainingInputs
from hourglass.images import Images, to_uint8
from hourglass.latent.analysis import EXPLORED, LATTICE, STEPS
from hourglass.models import Autoencoder, Model, Pca
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import derive
from hourglass.records import LatentAnalysis, LatentImages
from hourglass.settings.params import ClassifierSpec

NETWORKS: dict[str, dict[str, Any]] = {
    "a plain code": {"latent": 6},
    "two numbers": {"latent": 2},
    "one number": {"latent": 1},
    "ReLU": {"latent": 8, "code": "relu", "output": "tanh"},
    "softmax": {"latent": 10, "code": "softmax"},
    "softmax of two numbers": {"latent": 2, "code": "softmax"},
    "denoising_vae": {"latent": 4, "code": "gaussian"},
    "many numbers": {"latent": 20},
    "dead": {"latent": 3, "code": "relu"},
    "two dead numbers": {"latent": 2, "code": "relu"},
}
SAMPLES = 100


def _part(data: Images, start: int, stop: int) -> Images:
    return Images(data.images[start:stop], data.labels[start:stop], data.dataset, data.classes)


def _clean(train: Images, test: Images) -> TrainingInputs:
    return TrainingInputs(Corruption("none"), train.images, test.images)


def _pca(size: int, data: Images) -> Pca:
    """A model whose images differ wherever its codes do; those of images and negatives lie far apart."""
    model = Pca(PcaSpec(kind="pca", latent=size))
    model.fit(torch.cat([data.images, 255 - data.images]))
    return model


def _network(name: str) -> Model:
    """An untrained model; the dead ones give all images the same code."""
    model = models.build(NetworkSpec.model_validate({**NETWORKS[name], "encoder": {"dense": [16]}}), 1).eval()
    if "dead" in name:
        assert isinstance(model, Autoencoder)
        last = [module for module in model.encoder if isinstance(module, torch.nn.Linear)][-1]
        torch.nn.init.constant_(last.bias, -100)
    return model


class _Case:
    """A model of six numbers, a classifier who knows the digits, and training images that are negatives."""

    def __init__(self, digits: Images) -> None:
        self.model = _pca(6, digits)
        self.classifier = classifier.build(0)
        spec = ClassifierSpec(epochs=4, batch_size=50, learning_rate=1e-3)
        for _ in classifier.train(self.classifier, digits, spec, 0, torch.device("cpu")):
            pass
        self.test, shown = _part(digits, 0, 300), _part(digits, 300, 1000)
        self.train = Images(255 - shown.images, shown.labels, shown.dataset, shown.classes)
        self.codes = models.encode(self.model, self.test.images)
        self.own = _clean(self.train, self.test)
        self.found, self.images = self.analyse()

    def analyse(self, seed: int = 0) -> tuple[LatentAnalysis, LatentImages]:
        return latent.analyse(self.model, self.train, self.test, self.own, self.classifier, SAMPLES, seed)

    def decoded(self, codes: Tensor) -> Tensor:
        """Images, uint8 (N, 28, 28), of codes (N, K)."""
        return to_uint8(models.decode(self.model, codes))


@pytest.fixture(scope="module")
def case(digits: Images) -> _Case:
    return _Case(digits)


def _alike(images: Tensor, others: Tensor) -> bool:
    """Whether uint8 images are the same but for rounding."""
    return images.shape == others.shape and bool(((images.int() - others.int()).abs() <= 1).all())


def test_the_map_is_of_the_first_test_codes_and_its_figures_are_of_places_on_it(case: _Case) -> None:
    found, positions, labels = case.found, case.images.positions.numpy(), case.test.labels[:SAMPLES].numpy()
    codes = case.codes[:SAMPLES].numpy()
    assert (found.samples, found.latent_dim) == (SAMPLES, 6)
    assert np.array_equal(positions, latent.tsne(codes, derive(0, "t-SNE")))
    assert found.map_knn == latent.leave_one_out_accuracy(positions, labels)
    assert found.map_knn != latent.leave_one_out_accuracy(codes, labels)
    assert found.silhouette == latent.silhouette(positions, labels)
    assert found.trustworthiness == latent.organisation(codes, positions, labels)["trustworthiness"]
    assert found.least_told == latent.least_told(positions, labels)
    assert found.least_told != latent.least_told(codes, labels)


def test_a_map_that_starts_at_random_follows_the_seed(case: _Case, digits: Images) -> None:
    model = _pca(1, digits)
    first, again, other = (
        latent.analyse(model, case.train, case.test, case.own, case.classifier, 40, seed)[1].positions
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_lines_lead_from_the_first_image_of_a_pair_to_the_second(case: _Case) -> None:
    start, end = case.images.ends.T
    labels = case.test.labels
    assert (labels[start] == labels[end]).tolist() == [True] * 3 + [False] * 4
    lines = case.images.lines
    assert lines.shape == (7, STEPS, 28, 28)
    assert _alike(lines[:, 0], to_uint8(models.reconstruct(case.model, case.test.images[start])))
    assert _alike(lines[:, -1], to_uint8(models.reconstruct(case.model, case.test.images[end])))
    assert _alike(lines[:, STEPS // 2], case.decoded((case.codes[start] + case.codes[end]) / 2))
    seen = case.classifier.classes(lines.flatten(0, 1)).unflatten(0, lines.shape[:2])
    assert (seen == case.images.lines_seen).double().mean() > 0.98  # but for rounding to bytes
    assert len(seen.unique()) > 5


def test_mixtures_are_of_the_means_of_test_codes_and_a_mean_shows_its_class(case: _Case) -> None:
    means = torch.stack([case.codes[case.test.labels == label].mean(dim=0) for label in range(10)])
    mixtures = case.images.mixtures
    assert _alike(mixtures.diagonal().movedim(-1, 0), case.decoded(means))
    assert _alike(mixtures[3], case.decoded((means[3] + means) / 2))
    assert torch.equal(case.images.means_seen, case.classifier.classes(models.decode(case.model, means)))
    assert case.found.decoded.class_means_recognised == (case.images.means_seen == torch.arange(10)).double().mean()
    assert case.found.decoded.class_means_recognised > 0.8


def test_random_codes_are_fitted_to_the_training_images(case: _Case) -> None:
    train = models.encode(case.model, case.train.images)
    assert list(case.images.generated) == list(case.images.generated_codes) == ["gaussian", "mixture", "uniform"]
    apart = (train.mean(dim=0) - case.codes.mean(dim=0)).abs() / train.std(dim=0)
    number = int(apart.argmax())
    assert apart[number] > 3
    for way, codes in case.images.generated_codes.items():
        assert codes.shape == (10, 6)
        nearer = (codes - train.mean(dim=0)).abs() < (codes - case.codes.mean(dim=0)).abs()
        assert nearer[:, number].all(), way
        assert _alike(case.images.generated[way], case.decoded(codes))


def test_no_more_training_images_are_fitted_to_than_are_asked_for(case: _Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.latent.decoding.FITTED", 400)
    train = models.encode(case.model, case.train.images[:400])
    drawn = latent.draws(case.model, train, 300, derive(0, "generation"))
    images = case.analyse()[1]
    assert all(torch.equal(images.generated_codes[way], codes[:10]) for way, codes in drawn.items())


def test_distances_are_from_the_test_images(case: _Case) -> None:
    realism = latent.Realism(case.classifier, case.test.images)
    train = models.encode(case.model, case.train.images)
    drawn = latent.draws(case.model, train, 300, derive(0, "generation"))
    expected = {way: realism.distance(models.decode(case.model, codes)) for way, codes in drawn.items()}
    assert case.found.decoded.generation == {**expected, "training_images": realism.distance(case.train.images[:300])}
    assert case.found.decoded.generation["training_images"] > 10  # negatives are far away


def test_what_codes_decode_to_is_found_without_a_map(case: _Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("hourglass.latent.tsne.TSNE")
    assert latent.decoded(case.model, case.train, case.test, case.classifier, 0) == case.found.decoded
    assert latent.decoded(case.model, case.train, case.test, case.classifier, 1) != case.found.decoded


def test_codes_of_clean_images_are_kept_in_their_order(case: _Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert torch.equal(case.images.codes, case.codes)
    monkeypatch.setattr("hourglass.latent.analysis.CODES", 20)
    assert torch.equal(case.analyse()[1].codes, case.codes[:20])


def test_a_clean_input_is_not_looked_into_twice(case: _Case) -> None:
    assert case.found.own is None
    assert case.images.own_positions.shape == (0, 2)


def test_the_codes_of_the_own_input_have_a_map_and_are_drawn_like(case: _Case, tmp_path: Path) -> None:
    blurred = torch.nn.functional.avg_pool2d(case.test.images[:, None].float(), 5, 1, 2).byte()[:, 0]
    own = TrainingInputs(Corruption("occlusion", occlusion=5), case.test.images, blurred)
    found, images = latent.analyse(case.model, case.train, case.test, own, case.classifier, SAMPLES, 0)
    assert found.own is not None
    codes, labels = models.encode(case.model, blurred[:SAMPLES]).numpy(), case.test.labels[:SAMPLES].numpy()
    positions = images.own_positions.numpy()
    assert np.array_equal(positions, latent.tsne(codes, derive(0, "t-SNE")))
    organised = {key: getattr(found.own, key) for key in ("trustworthiness", "map_knn", "silhouette")}
    assert organised == latent.organisation(codes, positions, labels)
    assert found.own.least_told == latent.least_told(positions, labels)
    assert found.own.corruption == "occlusion"
    fitted = latent.fitted(case.model, case.codes, 300, derive(0, "generation"))  # the test images, as if trained on
    realism = latent.Realism(case.classifier, case.test.images)
    expected = {way: realism.distance(models.decode(case.model, places)) for way, places in fitted.items()}
    assert found.own.generation == expected
    assert found.own.generation["gaussian"] < found.decoded.generation["gaussian"]  # which is fitted to negatives
    assert found.decoded == case.found.decoded
    assert torch.equal(images.positions, case.images.positions)
    found.save(tmp_path / "own.json")
    assert LatentAnalysis.load(tmp_path / "own.json") == found
    images.save(tmp_path / "own.safetensors")
    assert torch.equal(LatentImages.load(tmp_path / "own.safetensors").own_positions, images.own_positions)


def test_the_planes_lie_between_four_test_images_and_around_the_mean_code(case: _Case) -> None:
    first = case.test.first_of_each_class()[[0, 1, 7, 8]]
    images, principal = case.images.planes["images"], case.images.planes["principal"]
    corners = images[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert _alike(corners, to_uint8(models.reconstruct(case.model, case.test.images[first])))
    middle = EXPLORED // 2
    assert principal.shape == (EXPLORED, EXPLORED, 28, 28)
    assert _alike(principal[middle, middle][None], case.decoded(case.codes.mean(dim=0, keepdim=True)))


def test_a_hundred_test_images_are_kept_as_reconstructed(case: _Case) -> None:
    assert _alike(case.images.pairs, to_uint8(models.reconstruct(case.model, case.test.images[:100])))


def test_code_numbers_are_swept_between_percentiles_while_the_others_rest(case: _Case) -> None:
    images = case.images
    assert images.swept_units.tolist() == list(range(6))
    assert images.swept_live.all()
    for limits, percent, step in ((images.swept_low, 1, 0), (images.swept_high, 99, -1)):
        assert np.allclose(limits, np.percentile(case.codes.numpy(), percent, axis=0), atol=1e-5)
        codes = case.codes.mean(dim=0).repeat(6, 1)
        codes[range(6), range(6)] = limits
        assert _alike(images.swept[:, step], case.decoded(codes))


def test_only_a_code_of_two_numbers_has_a_plane(case: _Case, digits: Images, tmp_path: Path) -> None:
    model = _pca(2, digits)
    codes = models.encode(model, case.test.images)
    found, images = latent.analyse(model, case.train, case.test, case.own, case.classifier, SAMPLES, 0)
    assert torch.equal(images.positions, codes[:SAMPLES])
    assert (found.latent_dim, found.trustworthiness) == (2, 1)
    low, high = (torch.from_numpy(np.percentile(codes.numpy(), percent, axis=0)).float() for percent in (1, 99))
    plane = images.plane_of_codes
    assert torch.allclose(plane["low"], low, atol=1e-5)
    assert torch.allclose(plane["high"], high, atol=1e-5)
    inside = (high - low) / LATTICE / 2
    top_left = torch.stack([low[0] + inside[0], high[1] - inside[1]])
    assert plane["images"].shape == (LATTICE, LATTICE, 28, 28)
    assert _alike(plane["images"][0, 0][None], to_uint8(models.decode(model, top_left[None])))
    images.save(tmp_path / "pca.safetensors")
    assert LatentImages.load(tmp_path / "pca.safetensors").plane_of_codes.keys() == plane.keys()
    images = case.images
    images.save(tmp_path / "pca.safetensors")
    assert LatentImages.load(tmp_path / "pca.safetensors").plane_of_codes == images.plane_of_codes == {}


def test_a_map_of_all_the_codes_of_two_numbers_can_be_kept(case: _Case, digits: Images, tmp_path: Path) -> None:
    _, images = latent.analyse(_pca(2, digits), case.train, case.test, case.own, case.classifier, len(case.codes), 0)
    images.save(tmp_path / "pca.safetensors")
    read = LatentImages.load(tmp_path / "pca.safetensors")
    assert torch.equal(read.positions, read.codes)


def test_what_is_drawn_follows_the_seed(case: _Case, tmp_path: Path) -> None:
    for name, seed in (("again", 0), ("other", 1)):
        found, images = case.analyse(seed)
        assert (found == case.found) == (seed == 0)
        images.save(tmp_path / f"{name}.safetensors")
        assert torch.equal(images.ends, case.images.ends) == (seed == 0)
        drawn = images.generated_codes
        assert all(torch.equal(codes, drawn[way]) == (seed == 0) for way, codes in case.images.generated_codes.items())
    case.images.save(tmp_path / "first.safetensors")
    assert (tmp_path / "first.safetensors").read_bytes() == (tmp_path / "again.safetensors").read_bytes()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_code_is_looked_into(digits: Images, name: str, tmp_path: Path) -> None:
    test, train = _part(digits, 0, 200), _part(digits, 200, 500)
    own = TrainingInputs(Corruption("occlusion", occlusion=9), 255 - train.images, 255 - test.images)
    found, images = latent.analyse(_network(name), train, test, own, classifier.build(0).eval(), 50, 0)
    images.save(tmp_path / "kept.safetensors")
    found.save(tmp_path / "found.json")  # which refuses what is not a number
    assert found.decoded.class_means_recognised < 0.5  # by a classifier who has learned nothing
    read = LatentImages.load(tmp_path / "kept.safetensors")
    size = NETWORKS[name]["latent"]
    ways = ["prior"] * (name == "denoising_vae") + ["gaussian", "mixture", "uniform"]
    assert list(found.decoded.generation) == [*ways, "training_images"]
    assert {way: drawn.shape for way, drawn in read.generated.items()} == dict.fromkeys(ways, (10, 28, 28))
    assert {way: codes.shape for way, codes in read.generated_codes.items()} == dict.fromkeys(ways, (10, size))
    assert read.positions.shape == read.own_positions.shape == (50, 2)
    assert read.codes.shape == (200, size)
    assert found.own is not None
    assert list(found.own.generation) == ["gaussian", "mixture", "uniform"]
    assert read.swept.shape == (min(size, 16), STEPS, 28, 28)
    if "dead" in name:
        assert not read.swept_live.any()
    plane = size == 2 and "softmax" not in name  # the two numbers of that lie on a line
    assert list(read.plane_of_codes) == (["high", "images", "low"] if plane else [])
