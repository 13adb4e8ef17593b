"""A small evaluation set of digits, and training inputs of a denoising variant."""

import pytest
import torch

from hourglass import classifier
from hourglass.corruptions import CORRUPTIONS, TESTED, CorruptedImages, Corruption, TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.images import Images, to_float, to_uint8
from hourglass.randomness import generator
from hourglass.settings.params import ClassifierSpec

STRENGTHS = {key: kind.default for corruption in CORRUPTIONS.values() for key, kind in corruption.strengths.items()}


@pytest.fixture(scope="session")
def data(digits: Images) -> EvaluationData:
    """300 training and 200 test images; corruptions in another order than in the registry."""
    train, test = (
        Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        for part in (slice(300), slice(300, 500))
    )
    inputs = {}
    for name in reversed(TESTED):
        corruption = Corruption.of(name, STRENGTHS)
        images = to_uint8(corruption.apply(to_float(test.images), generator(0, "inputs", name)))
        inputs[name] = CorruptedImages(images, corruption)
    spec = ClassifierSpec(epochs=8, batch_size=32, learning_rate=0.002)
    network, _ = classifier.fit(train, test, spec, 0, torch.device("cpu"), log=lambda line: None)
    outliers = {"flipped": test.images.flip(2), "noise": torch.randint_like(test.images, 256)}
    return EvaluationData(train, test, inputs, network, outliers)


@pytest.fixture(scope="session")
def noisy(data: EvaluationData) -> TrainingInputs:
    """Inputs of a variant that is trained on Gaussian noise."""
    return TrainingInputs.of(data.train, data.inputs["gaussian"], 5)
