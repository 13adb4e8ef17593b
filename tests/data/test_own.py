"""What one variant is given."""

import torch

from hourglass.corruptions import Corruption, Inputs
from hourglass.corruptions import corrupt
from hourglass.corruptions import TrainingInputs
from hourglass.images import Images
from hourglass.randomness import generator

NOISE = Corruption("gaussian", sigma=0.3)


def test_training_images_are_corrupted_as_preprocess_noise_fixes_them(digits: Images) -> None:
    own = TrainingInputs.of(digits, Inputs(digits.images[:5], NOISE), 7)
    expected = corrupted(digits.images, NOISE, generator(7, "inputs", "train", "gaussian"))
    assert torch.equal(own.train, expected)
    assert torch.equal(own.test, digits.images[:5])
    assert not own.clean


def test_without_a_corruption_they_are_the_images(digits: Images) -> None:
    own = TrainingInputs.of(digits, Inputs(digits.images[:5], Corruption("none")), 7)
    assert own.train is digits.images
    assert own.clean
