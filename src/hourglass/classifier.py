"""Classifier that is trained on clean images, labels reconstructions and provides features for the Fréchet distance.

For images without labels, the classifier is trained to recognise how an image was mirrored, a self-supervised task
similar to rotation prediction (Gidaris et al. 2018). Only its features are then used.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hourglass.errors import UserError
from hourglass.files import join, load_tensors, save_tensors, scratch
from hourglass.images import Images, Shape, to_float
from hourglass.models import layers
from hourglass.randomness import derive, generator
from hourglass.records import ClassifierSummary
from hourglass.settings.params import ClassifierSpec

BATCH = 1000
FLIPS = ((), (-1,), (-2,), (-2, -1))  # mirrored axes of the classes that replace missing labels


class Classifier(nn.Module):
    """Image classifier with two convolutional and two dense layers.

    Example:
        >>> classifier = load(Path("data/classifier.safetensors"), test)
        >>> labels = classifier.predict(test.images)  # uint8 (N, C, H, W) to uint8 (N,)
    """

    def __init__(self, image: Shape, classes: int) -> None:
        """Create a classifier with random weights for images of shape (C, H, W)."""
        super().__init__()
        channels, height, width = image[0], *(-(-side // 4) for side in image[1:])
        self.features = nn.Sequential(
            layers.Conv2d(channels, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            layers.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.ReLU(),
            layers.Flatten(),
            nn.Linear(32 * height * width, 128),
            nn.ReLU(),
        )
        self.output = nn.Linear(128, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return class logits (B, classes) for float images (B, C, H, W) in [0, 1]."""
        return self.output(self.features(images))

    @torch.inference_mode()
    def predict(self, images: Tensor) -> Tensor:
        """Return the predicted class labels, uint8 (N,), of uint8 or float images (N, C, H, W).

        Uint8 images are scaled to [0, 1]. Float images are clipped to [0, 1].
        """
        parts = (part if part.is_floating_point() else to_float(part) for part in images.split(BATCH))
        return join((self(part.clamp(0, 1)).argmax(dim=1).byte() for part in parts), len(images))

    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """Return the accuracy in [0, 1] on uint8 or float images (N, C, H, W) with true labels (N,)."""
        return (self.predict(images) == labels).double().mean().item()


def build(image: Shape, classes: int, seed: int) -> Classifier:
    """Build an untrained classifier on the CPU, with random weights that depend only on the seed."""
    with torch.random.fork_rng(devices=[]):  # torch initialises layers from the global generator only
        torch.manual_seed(derive(seed, "judge", "weights"))
        return Classifier(image, classes).to(memory_format=torch.channels_last)  # as its layers compute


def fit(
    train: Images,
    test: Images,
    spec: ClassifierSpec,
    seed: int,
    device: torch.device,
    log: Callable[[str], None] = print,
) -> tuple[Classifier, ClassifierSummary]:
    """Train a classifier with Adam on `train` and compute its accuracy on `test`.

    The classifier is returned on the CPU, with its training loss and test accuracy. `log` is called with a line of text
    after each epoch. Raises UserError if the training loss is not finite.
    """
    if not train.labelled:
        train, test = _mirrored(train, seed), _mirrored(test, seed)
    images, labels = train.images.to(device), train.labels.long().to(device)
    classifier = build(train.shape, len(train.classes), seed).to(device)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=spec.learning_rate, fused=True)
    shuffling, loss = generator(seed, "judge", "shuffling"), math.nan
    for epoch in range(1, spec.epochs + 1):
        total = torch.zeros((), dtype=torch.float64, device=device)
        for batch in torch.randperm(len(images), generator=shuffling).to(device).split(spec.batch_size):
            optimizer.zero_grad(set_to_none=True)
            error = F.cross_entropy(classifier(to_float(images.index_select(0, batch))), labels[batch])
            error.backward()
            optimizer.step()
            total += error.detach() * len(batch)
        loss = total.item() / len(images)
        if not math.isfinite(loss):
            raise UserError(f"classifier loss is not finite in epoch {epoch}; reduce classifier.learning_rate")
        log(f"classifier epoch {epoch}/{spec.epochs} loss {loss:.4f} nats")
    accuracy = classifier.cpu().eval().accuracy(test.images, test.labels)
    return classifier, ClassifierSummary(train_loss=loss, accuracy=accuracy)


def _mirrored(images: Images, seed: int) -> Images:
    """Mirror each image along no, one or both axes at random. The index of the axes in `FLIPS` becomes the label."""
    labels = torch.randint(len(FLIPS), (len(images.images),), generator=generator(seed, "judge", "flips"))
    mirrored = scratch(images.images.shape)
    parts = (tensor.split(BATCH) for tensor in (mirrored, images.images, labels))
    for target, part, chosen in zip(*parts, strict=True):
        for label, axes in enumerate(FLIPS):
            target[chosen == label] = part[chosen == label].flip(axes)
    return replace(images, images=mirrored, labels=labels.byte(), classes=tuple(map(str, FLIPS)))


def save(classifier: Classifier, path: Path) -> None:
    """Write the weights of a classifier atomically to a safetensors file."""
    save_tensors(path, classifier.state_dict())


def load(path: Path, images: Images) -> Classifier:
    """Load a classifier for `images` onto the CPU and set it to evaluation mode.

    Raises UserError if the file is missing or damaged, or does not match the shape and number of classes of `images`.
    """
    tensors, _ = load_tensors(path, "classifier")
    classifier = build(images.shape, len(images.classes) if images.labelled else len(FLIPS), 0)
    try:
        classifier.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is not a classifier ({reason}); delete it and run `dvc repro classifier`") from None
    return classifier.eval()
