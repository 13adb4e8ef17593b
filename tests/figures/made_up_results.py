"""What the stages have left of a made-up variant, and how to read the pictures of it."""

from dataclasses import replace

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import classifier, latent
from hourglass.corruptions import Corruption, Inputs
from hourglass.corruptions import TrainingInputs
from hourglass.figures.variant import pictures
from hourglass.images import Images
from hourglass.models import Pca
from hourglass.models.spec import PcaSpec
from hourglass.records import EvaluationImages, History, LatentImages, Snapshots
from hourglass.settings.params import TrainSpec
from hourglass.settings.stage_configs import TrainConfig

COUNT, SNAPSHOTS, EPOCHS, EVERY = 200, 40, 5, 2
PLAIN = History([1], {"train_mse": [0.1], "test_mse": [0.1]})
SAMPLES = 60


class Results:
    """What the stages have left of one variant; every picture has images of its own."""

    def __init__(self, digits: Images, size: int = 4, noisy: bool = False, kept: int = SNAPSHOTS) -> None:
        mixed = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))  # they come as 0, 1, 2, …
        self.test = Images(digits.images[mixed], digits.labels[mixed], "digits", digits.classes)
        train = Images(digits.images[COUNT : 2 * COUNT], digits.labels[COUNT : 2 * COUNT], "digits", digits.classes)
        corruption = Corruption("occlusion", occlusion=5) if noisy else Corruption("none")
        self.inputs = Inputs(255 - self.test.images if noisy else self.test.images, corruption)
        brightness = torch.arange(EPOCHS)[:, None] * 40 + torch.arange(kept) % 40  # of its own epoch and image
        self.kept = Snapshots(brightness.byte()[:, :, None, None].expand(EPOCHS, kept, 28, 28).contiguous())
        model = Pca(PcaSpec(kind="pca", latent=size))
        model.fit(digits.images)
        own = TrainingInputs(corruption, 255 - train.images if noisy else train.images, self.inputs.images)
        self.analysis, found = latent.analyse(model, train, self.test, own, classifier.build(0).eval(), SAMPLES, 0)
        self.latent = self.judged(found)
        self.evaluated = evaluated()

    def judged(self, found: LatentImages) -> LatentImages:
        """As if the classifier took one class for another, and few of the decoded lines for a class at their ends."""
        means, lines = torch.arange(10).byte(), torch.full_like(found.lines_seen, 255)
        means[3] = 7
        lines[0], lines[3, :2] = (self.test.labels[found.ends[line, 0]] for line in (0, 3))
        return replace(found, means_seen=means, lines_seen=lines)

    def pictures(self, closed_form: bool = False, history: History = PLAIN) -> dict[str, Figure]:
        spec = None if closed_form else TrainSpec(epochs=EPOCHS, batch_size=1, learning_rate=1)
        settings = TrainConfig(
            seed=0,
            network=PcaSpec(kind="pca", latent=2),
            loss="squared_error",
            corruption=self.inputs.corruption.name,
            strengths={},
            fresh_noise=True,
            train=spec,
            libraries={},
        )
        return dict(
            pictures(
                "own_name",
                settings,
                EVERY,
                self.test,
                self.inputs,
                history,
                self.kept,
                self.evaluated,
                self.analysis,
                self.latent,
            )
        )


def evaluated() -> EvaluationImages:
    """Errors whose mean is far from their median, and reconstructions as dark as their place says."""
    errors = torch.linspace(0, 1, COUNT, dtype=torch.float64) ** 4
    errors = errors[torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))]
    order = errors.argsort()
    shades = torch.arange(10, dtype=torch.uint8)[:, None, None].expand(10, 28, 28)
    none = torch.zeros(0)
    # of the first image after the epochs 1, 2, …: 5, 6, …; of the others the image's place
    verdicts = torch.arange(SNAPSHOTS).remainder(10).byte().repeat(EPOCHS, 1)
    verdicts[:, 0] = 5 + torch.arange(EPOCHS)
    confusion = torch.eye(10, dtype=torch.int64) * 15
    confusion[3, 3], confusion[3, 8] = 12, 3
    shown = shades, 200 + shades, none, none, none
    return EvaluationImages(errors, order[:10], order[-10:].flip(0), *shown, verdicts, confusion, {})


def cells(figure: Figure, rows: int, columns: int, place: int = 0, gaps: tuple[int, int] = (2, 2)) -> Tensor:
    """Images (rows, columns, 28, 28) of a picture of one sheet; without wide gaps between columns."""
    pixels = torch.from_numpy(np.array(figure.axes[place].images[0].get_array()))
    tops, lefts = (
        [number * (28 + gap) for number in range(count)] for count, gap in zip((rows, columns), gaps, strict=True)
    )
    return torch.stack([torch.stack([pixels[y : y + 28, x : x + 28] for x in lefts]) for y in tops])


def sampled(figure: Figure, rows: int, columns: int, place: int = 0) -> Tensor:
    """Images (rows, columns, 28, 28) of rows of samples, which have white all around."""
    pixels = torch.from_numpy(np.array(figure.axes[place].images[0].get_array()))
    return pixels.reshape(rows, 30, columns, 30).transpose(1, 2)[:, :, 1:-1, 1:-1]


def same(shown: Tensor, stored: Tensor) -> bool:
    """Whether what is shown, in [0, 1], are these uint8 images."""
    return shown.shape == stored.shape and torch.allclose(shown, stored.float() / 255, atol=1e-6)


def caption_of(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def title_of(figure: Figure) -> str:
    return figure.get_suptitle() or figure.axes[0].get_title()
