"""What one variant is given."""

import torch

from hourglass.data import Corruption, Images, Inputs
from hourglass.data.corrupted import corrupted
from hourglass.data.own import OwnInputs
from hourglass.randomness import generator

NOISE = Corruption("gaussian", sigma=0.3)


def test_training_images_are_corrupted_as_preprocess_noise_fixes_them(digits: Images) -> None:
    own = OwnInputs.of(digits, Inputs(digits.images[:5], NOISE), 7)
    expected = corrupted(digits.images, NOISE, generator(7, "inputs", "train", "gaussian"))
    assert torch.equal(own.train, expected)
    assert torch.equal(own.test, digits.images[:5])
    assert not own.clean


def test_without_a_corruption_they_are_the_images(digits: Images) -> None:
    own = OwnInputs.of(digits, Inputs(digits.images[:5], Corruption("none")), 7)
    assert own.train is digits.images
    assert own.clean
