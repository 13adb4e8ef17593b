"""The classifier tells real images apart, the same way whenever it is asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hourglass.classifier import Classifier
from hourglass.errors import UserError
from hourglass.files import save_tensors
from hourglass.images import Images, to_float
from hourglass.settings.params import ClassifierSpec

CPU = torch.device("cpu")
PARTS = slice(900), slice(900, None)


def _spec(epochs: int, learning_rate: float = 0.001) -> ClassifierSpec:
    return ClassifierSpec(epochs=epochs, batch_size=64, learning_rate=learning_rate)


def _trained(images: Images, epochs: int = 20, seed: int = 0) -> Classifier:
    network = classifier.build(seed)
    losses = list(classifier.train(network, images, _spec(epochs), seed, CPU))
    assert len(losses) == epochs
    assert epochs == 1 or losses[-1] < losses[0]
    return network


def test_it_learns_to_tell_digits_that_it_has_not_seen(real: Callable[[str, str], Images], digits: Images) -> None:
    test = real("digits", "test")
    network = _trained(digits)
    assert network.kept(test.images, test.labels) > 0.9
    shuffled = test.labels[torch.randperm(len(test.labels), generator=torch.Generator().manual_seed(0))]
    assert network.kept(test.images, shuffled) == pytest.approx(0.1, abs=0.06)


def test_its_accuracy_is_that_on_the_test_images(digits: Images) -> None:
    """The test images' labels are turned by one, so that only what it learned of the training images is told."""
    train, test = (replace(digits, images=digits.images[part], labels=digits.labels[part]) for part in PARTS)
    test = replace(test, labels=(test.labels + 1) % 10)
    shown: list[tuple[int, float]] = []
    network, summary = classifier.trained(train, test, _spec(4), 2, CPU, lambda *epoch: shown.append(epoch))
    assert [epoch for epoch, _ in shown] == [1, 2, 3, 4]
    assert network.kept(train.images, train.labels) > 0.6
    assert summary.accuracy == network.kept(test.images, test.labels) < 0.2
    alone = classifier.build(2)
    losses = list(classifier.train(alone, train, _spec(4), 2, CPU))
    assert [loss for _, loss in shown] == losses
    assert summary.train_loss == losses[-1] < losses[0]
    assert all(torch.equal(one, other) for one, other in zip(network.parameters(), alone.parameters(), strict=True))
    assert not network.training


def test_equal_seeds_give_equal_judges(digits: Images) -> None:
    first, again, other = (_trained(digits, 1, seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["output.weight"], other["output.weight"])


def test_stored_and_shown_images_are_judged_alike_and_what_leaves_the_range_is_clipped(digits: Images) -> None:
    network = _trained(digits, 1)
    classes = network.classes(digits.images)
    assert classes.dtype == torch.uint8
    assert classes.shape == (len(digits.images),)
    assert torch.equal(network.classes(to_float(digits.images)), classes)
    bright = to_float(digits.images) * 2 - 0.5
    assert torch.equal(network.classes(bright), network.classes(bright.clamp(0, 1)))


def test_a_saved_classifier_judges_alike(tmp_path: Path, digits: Images) -> None:
    network = _trained(digits, 1)
    classifier.save(network, tmp_path / "classifier.safetensors")
    loaded = classifier.load(tmp_path / "classifier.safetensors")
    assert not loaded.training
    assert torch.equal(loaded(to_float(digits.images[:50])), network(to_float(digits.images[:50])))


def test_what_is_no_classifier_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"classifier\.safetensors is missing; `dvc repro classifier` makes it"):
        classifier.load(tmp_path / "classifier.safetensors")
    save_tensors(tmp_path / "other.safetensors", {"weight": torch.zeros(2)})
    with pytest.raises(UserError, match=r"other\.safetensors is no classifier .*`dvc repro classifier`"):
        classifier.load(tmp_path / "other.safetensors")


def test_a_learning_rate_that_diverges_is_said(digits: Images) -> None:
    with pytest.raises(UserError, match=r"no longer finite in epoch \d; lower classifier\.learning_rate"):
        list(classifier.train(classifier.build(0), digits, _spec(5, 1e30), 0, CPU))
