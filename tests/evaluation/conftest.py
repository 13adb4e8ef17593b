"""A small testbed, of digits, and what a variant on it is trained on."""

import pytest
import torch

from hourglass import judge
from hourglass.data import CORRUPTIONS, TESTED, Corruption, Images, Inputs, as_input, as_stored
from hourglass.data.own import OwnInputs
from hourglass.evaluation import Testbed
from hourglass.randomness import generator
from hourglass.settings.params import JudgeSpec

STRENGTHS = {key: kind.default for corruption in CORRUPTIONS.values() for key, kind in corruption.strengths.items()}


@pytest.fixture(scope="session")
def testbed(digits: Images) -> Testbed:
    """300 training and 200 test images; the corruptions are not in the order of the registry."""
    train, test = (
        Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        for part in (slice(300), slice(300, 500))
    )
    inputs = {}
    for name in reversed(TESTED):
        corruption = Corruption.of(name, STRENGTHS)
        images = as_stored(corruption.apply(as_input(test.images), generator(0, "inputs", name)))
        inputs[name] = Inputs(images, corruption)
    spec = JudgeSpec(epochs=8, batch_size=32, learning_rate=0.002)
    network, _ = judge.trained(train, test, spec, 0, torch.device("cpu"), lambda epoch, loss: None)
    return Testbed(train, test, inputs, network)


@pytest.fixture(scope="session")
def own(testbed: Testbed) -> OwnInputs:
    """Of a variant that is trained under Gaussian noise."""
    return OwnInputs.of(testbed.train, testbed.inputs["gaussian"], 5)
