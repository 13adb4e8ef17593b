"""A small data, of digits, and what a variant on it is trained on."""

import pytest
import torch

from hourglass.corruptions import CORRUPTIONS, TESTED, Corruption, Inputs, TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.images import Images, to_float, to_uint8
from hourglass.randomness import generator
from hourglass.settings.params import ClassifierSpec

STRENGTHS = {key: kind.default for corruption in CORRUPTIONS.values() for key, kind in corruption.strengths.items()}


@pytest.fixture(scope="session")
def data(digits: Images) -> EvaluationData:
    """300 training and 200 test images; the corruptions are not in the order of the registry."""
    train, test = (
        Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        for part in (slice(300), slice(300, 500))
    )
    inputs = {}
    for name in reversed(TESTED):
        corruption = Corruption.of(name, STRENGTHS)
        images = to_uint8(corruption.apply(to_float(test.images), generator(0, "inputs", name)))
        inputs[name] = Inputs(images, corruption)
    spec = ClassifierSpec(epochs=8, batch_size=32, learning_rate=0.002)
    network, _ = classifier.trained(train, test, spec, 0, torch.device("cpu"), lambda epoch, loss: None)
    return EvaluationData(train, test, inputs, network)


@pytest.fixture(scope="session")
def own(data: EvaluationData) -> TrainingInputs:
    """Of a variant that is trained under Gaussian noise."""
    return TrainingInputs.of(data.train, data.inputs["gaussian"], 5)
