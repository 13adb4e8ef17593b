"""Records of one variant, partly random, and readers of its figures."""

from dataclasses import replace

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import classifier, latent
from hourglass.corruptions import TESTED, CorruptedImages, Corruption, TrainingInputs
from hourglass.figures.variant import VariantData, pictures
from hourglass.images import Images
from hourglass.models import Pca
from hourglass.models.spec import PcaSpec
from hourglass.records import EvaluationImages, History, Snapshots
from hourglass.settings.stage_configs import TrainConfig
from hourglass.settings.variant import TrainSpec

COUNT, SNAPSHOTS, EPOCHS, EVERY, EMBEDDED = 200, 40, 5, 2, 60
HISTORY = History([1], {"train_mse": [0.1], "test_mse": [0.1]})


def variant(digits: Images, dims: int = 4, occluded: bool = False, snapshots: int = SNAPSHOTS) -> VariantData:
    """Return the records of a variant with distinct images in every figure.

    Args:
        digits: test and training images, of digits or of any other data set with more classes than eight.
        dims: latent dimension.
        occluded: whether the variant is trained on corrupted images.
        snapshots: number of images per snapshot.
    """
    mixed = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))
    test = replace(digits, images=digits.images[mixed], labels=digits.labels[mixed])
    train = replace(digits, images=digits.images[COUNT : 2 * COUNT], labels=digits.labels[COUNT : 2 * COUNT])
    corruption = Corruption("gaussian_occlusion", sigma=0.3, occlusion=5) if occluded else Corruption("none")
    inputs = CorruptedImages(255 - test.images if occluded else test.images, corruption)
    model = Pca(PcaSpec(kind="pca", latent=dims), test.shape)
    model.fit(digits.images)
    training = TrainingInputs(corruption, 255 - train.images if occluded else train.images, inputs.images)
    scorer = classifier.build(test.shape, len(test.classes), 0).eval()
    analysis, images = latent.analyse(model, train, test, training, scorer, EMBEDDED, 0)
    brightness = (torch.arange(EPOCHS)[:, None] * 40 + torch.arange(snapshots) % 40).byte()[:, :, None, None, None]
    mean_predictions = torch.arange(len(test.classes)).byte()
    mean_predictions[3] = 7
    config = TrainConfig(
        seed=0,
        network=PcaSpec(kind="pca", latent=dims),
        loss="squared_error",
        corruption=corruption.name,
        strengths={},
        fresh_noise=True,
        train=TrainSpec(epochs=EPOCHS, batch_size=1, learning_rate=1),
        libraries={},
    )
    return VariantData(
        "name",
        config,
        test,
        inputs,
        HISTORY,
        Snapshots(brightness.expand(EPOCHS, snapshots, *test.shape).contiguous()),
        evaluation(test),
        analysis,
        replace(images, mean_predictions=mean_predictions),
        {name: test.images.roll(number, -1) for number, name in enumerate(TESTED)},
    )


def evaluation(test: Images) -> EvaluationImages:
    errors = torch.linspace(0, 1, COUNT, dtype=torch.float64) ** 4
    errors = errors[torch.randperm(COUNT, generator=torch.Generator().manual_seed(0))]
    order = errors.argsort()
    shades = torch.arange(10, dtype=torch.uint8)[:, None, None, None].expand(10, *test.shape)
    examples = torch.cat([(test.labels == label).nonzero()[:2, 0] for label in range(len(test.classes))])
    brightness = torch.arange(len(TESTED) * len(examples)).byte()
    predictions = torch.arange(SNAPSHOTS).remainder(10).byte().repeat(EPOCHS, 1)
    predictions[:, 0] = 5 + torch.arange(EPOCHS)  # of the first image after each epoch
    confusion = torch.eye(len(test.classes), dtype=torch.int64) * 15
    confusion[3, 3], confusion[3, 8] = 12, 3
    return EvaluationImages(
        outlier_errors={},
        errors=errors,
        per_image={},
        best=order[:10],
        worst=order[-10:].flip(0),
        best_images=shades,
        worst_images=200 + shades,
        examples=examples,
        reconstructions=brightness.reshape(len(TESTED), -1, 1, 1, 1).expand(-1, -1, *test.shape),
        example_errors=torch.zeros(0),
        predictions=predictions,
        confusion=confusion,
    )


def draw(data: VariantData) -> dict[str, Figure]:
    return dict(pictures(data, EVERY))


def cells(figure: Figure, rows: int, columns: int, panel: int = 0, gap: int = 2) -> Tensor:
    """Return the images (rows, columns, C, H, W) in [0, 1] of a grid."""
    picture = torch.from_numpy(np.array(figure.axes[panel].images[0].get_array()))
    height, width = picture.shape[0] // rows, picture.shape[1] // columns
    grid = picture.reshape(rows, height, columns, width, -1).permute(0, 2, 4, 1, 3)
    return grid[..., gap // 2 : height - gap // 2, gap // 2 : width - gap // 2]


def shows(figure: Figure, images: Tensor, panel: int = 0, gap: int = 2) -> bool:
    """Whether a grid consists of these uint8 images (rows, columns, C, H, W)."""
    rows, columns = images.shape[:2]
    return torch.allclose(cells(figure, rows, columns, panel, gap), images.float() / 255, atol=1e-6)


def caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def assert_nothing_is_cut_off(figure: Figure) -> None:
    """Check that everything drawn, tick labels included, lies within the figure."""
    figure.dpi = 120  # as it is saved
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.02, (box, figure.get_suptitle())
    assert box.x1 < width + 0.02, (box, figure.get_suptitle())
    assert box.y1 < height + 0.02, (box, figure.get_suptitle())
