"""What is looked into."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.images import Images, to_uint8
from hourglass.models import Model

Fields = dict[str, Any]
"""Fields of a record, by name."""


@dataclass(frozen=True)
class Subject:
    """A model, the codes (N, K) that it gives the clean test images, and the classifier of what it decodes."""

    model: Model
    test: Images
    codes: Tensor
    classifier: Classifier
    seed: int

    @classmethod
    def of(cls, model: Model, test: Images, classifier: Classifier, seed: int) -> "Subject":
        """A model with its codes of the test images."""
        return cls(model, test, models.encode(model, test.images), classifier, seed)

    @property
    def size(self) -> int:
        """Numbers in a code."""
        return self.codes.shape[1]

    def decoded(self, codes: Tensor) -> Tensor:
        """Images, float32 (R, C, 1, 28, 28), of rows of codes (R, C, K)."""
        return models.decode(self.model, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])

    def stored(self, codes: Tensor) -> Tensor:
        """The same images as uint8 (R, C, 28, 28)."""
        return stored(self.decoded(codes))


def stored(images: Tensor) -> Tensor:
    """Float images (R, C, 1, 28, 28) as uint8 (R, C, 28, 28)."""
    return to_uint8(images.flatten(0, 1)).unflatten(0, images.shape[:2])
