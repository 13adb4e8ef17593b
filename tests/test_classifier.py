"""The classifier learns digits, reproducibly."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.settings.params import ClassifierSpec

CPU = torch.device("cpu")


def _spec(epochs: int, learning_rate: float = 0.001) -> ClassifierSpec:
    return ClassifierSpec(epochs=epochs, batch_size=64, learning_rate=learning_rate)


def _trained(images: Images, epochs: int = 1, seed: int = 0) -> Classifier:
    return classifier.fit(images, images, _spec(epochs), seed, CPU)[0]


@pytest.fixture(scope="module")
def network(digits: Images) -> Classifier:
    return _trained(digits)


def test_it_generalises_to_new_digits(real: Callable[[str, str], Images], digits: Images) -> None:
    test = real("digits", "test")
    network = _trained(digits, epochs=6)
    assert network.accuracy(test.images, test.labels) > 0.9
    shuffled = test.labels[torch.randperm(len(test.labels), generator=torch.Generator().manual_seed(0))]
    assert network.accuracy(test.images, shuffled) == pytest.approx(0.1, abs=0.06)


def test_the_summary_is_of_the_test_images(digits: Images) -> None:
    train = replace(digits, images=digits.images[:900], labels=digits.labels[:900])
    test = replace(digits, images=digits.images[900:], labels=(digits.labels[900:] + 1) % 10)
    lines: list[str] = []
    network, summary = classifier.fit(train, test, _spec(4), 2, CPU, lines.append)
    assert len(lines) == 4
    assert lines[-1] == f"classifier epoch 4/4 loss {summary.train_loss:.4f} nats"
    assert network.accuracy(train.images, train.labels) > 0.6
    assert summary.accuracy == network.accuracy(test.images, test.labels) < 0.2
    assert not network.training


def test_equal_seeds_give_equal_weights(network: Classifier, digits: Images) -> None:
    first, again, other = (model.state_dict() for model in (network, _trained(digits), _trained(digits, seed=4)))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["output.weight"], other["output.weight"])


def test_predictions_are_equal_for_uint8_and_float_images_and_clip(network: Classifier, digits: Images) -> None:
    labels = network.predict(digits.images)
    assert (labels.dtype, labels.shape) == (torch.uint8, (len(digits.images),))
    assert torch.equal(network.predict(to_float(digits.images)), labels)
    bright = to_float(digits.images) * 2 - 0.5
    assert torch.equal(network.predict(bright), network.predict(bright.clamp(0, 1)))


def test_a_saved_classifier_gives_equal_logits(network: Classifier, tmp_path: Path, digits: Images) -> None:
    classifier.save(network, tmp_path / "classifier.safetensors")
    loaded = classifier.load(tmp_path / "classifier.safetensors", digits)
    assert not loaded.training
    assert torch.equal(loaded(to_float(digits.images[:50])), network(to_float(digits.images[:50])))


def test_a_classifier_of_other_images_is_refused(tmp_path: Path, digits: Images) -> None:
    images = Images(digits.images[:30].view(10, 3, 28, 28)[:, :, :21, :17], digits.labels[:10], "colour", ("0", "1"))
    classifier.save(classifier.build(images.shape, 2, 0), tmp_path / "classifier.safetensors")
    assert classifier.load(tmp_path / "classifier.safetensors", images).predict(images.images).max() <= 1
    with pytest.raises(UserError, match=r"classifier\.safetensors is not a classifier .*`dvc repro classifier`"):
        classifier.load(tmp_path / "classifier.safetensors", digits)


def test_divergence_is_reported(digits: Images) -> None:
    with pytest.raises(UserError, match=r"not finite in epoch \d; reduce classifier\.learning_rate"):
        classifier.fit(digits, digits, _spec(5, 1e30), 0, CPU)
