"""The classifier: one small classifier of real images, the same for all variants, that says what a reconstruction shows.

Its last hidden layer also serves as the features between which the Fréchet distance is taken.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.images import Images, to_float
from hourglass.models import layers
from hourglass.randomness import derive, generator
from hourglass.records import ClassifierSummary
from hourglass.settings.params import ClassifierSpec

CLASSES = 10
BATCH = 1000


class Classifier(nn.Module):
    """Two convolutions and two dense layers that tell the ten classes apart."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            layers.Conv2d(1, 16, 5, stride=2, padding=2),
            nn.ReLU(),
            layers.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.ReLU(),
            layers.Flatten(),
            nn.Linear(32 * 7 * 7, 128),
            nn.ReLU(),
        )
        self.output = nn.Linear(128, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Log-odds (B, 10), up to a constant, of the classes that images (B, 1, 28, 28) show."""
        return self.output(self.features(images))

    @torch.inference_mode()
    def classes(self, images: Tensor) -> Tensor:
        """The class, uint8 (N,), that each image shows.

        images: float (N, 1, 28, 28), where values outside [0, 1] are clipped, or uint8 (N, 28, 28).
        """
        parts = (part if part.is_floating_point() else to_float(part) for part in images.split(BATCH))
        return torch.cat([self(part.clamp(0, 1)).argmax(dim=1).byte() for part in parts])

    def kept(self, images: Tensor, labels: Tensor) -> float:
        """The share of images, as `classes` takes them, that show the class of their labels (N,)."""
        return (self.classes(images) == labels).double().mean().item()


def build(seed: int) -> Classifier:
    """A classifier that has seen nothing, on the CPU, its weights drawn from the seed."""
    with torch.random.fork_rng(devices=[]):  # torch's layers draw from the global generator only
        torch.manual_seed(derive(seed, "judge", "weights"))
        return Classifier().to(memory_format=torch.channels_last)  # as its layers compute


def train(
    classifier: Classifier, data: Images, spec: ClassifierSpec, seed: int, device: torch.device
) -> Iterator[float]:
    """Train on clean labelled images with Adam; yields the mean cross entropy, nats per image, of every epoch.

    Raises UserError where it is no longer finite. The classifier is left in evaluation mode on the device.
    """
    images, labels = data.images.to(device), data.labels.long().to(device)
    classifier.to(device)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=spec.learning_rate, fused=True)
    shuffling = generator(seed, "judge", "shuffling")
    for epoch in range(1, spec.epochs + 1):
        classifier.train()
        total = torch.zeros((), dtype=torch.float64, device=device)
        for chosen in torch.randperm(len(images), generator=shuffling).to(device).split(spec.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(classifier(to_float(images.index_select(0, chosen))), labels[chosen])
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
        classifier.eval()
        mean = total.item() / len(images)
        if not torch.isfinite(total):
            raise UserError(
                f"the classifier's loss is no longer finite in epoch {epoch}; lower classifier.learning_rate"
            )
        yield mean


def trained(
    train_images: Images,
    test_images: Images,
    spec: ClassifierSpec,
    seed: int,
    device: torch.device,
    show: Callable[[int, float], None],
) -> tuple[Classifier, ClassifierSummary]:
    """A classifier trained on one set of images and measured on another, on the CPU; and what it came to.

    show: told of every epoch, from 1, and its loss as soon as it has ended.
    """
    classifier, loss = build(seed), math.nan
    for epoch, loss in enumerate(train(classifier, train_images, spec, seed, device), 1):
        show(epoch, loss)
    accuracy = classifier.cpu().kept(test_images.images, test_images.labels)
    return classifier, ClassifierSummary(train_loss=loss, accuracy=accuracy)


def save(classifier: Classifier, path: Path) -> None:
    """Write the weights; the file appears whole or not at all."""
    save_tensors(path, classifier.state_dict())


def load(path: Path) -> Classifier:
    """What `save` wrote, in evaluation mode on the CPU. Raises UserError where it is missing or no classifier."""
    tensors, _ = load_tensors(path, "classifier")
    classifier = build(0)
    try:
        classifier.load_state_dict(tensors)
    except RuntimeError as error:
        why = str(error).splitlines()[0]
        raise UserError(f"{path} is no classifier ({why}); delete it and run `dvc repro classifier`") from None
    return classifier.eval()
