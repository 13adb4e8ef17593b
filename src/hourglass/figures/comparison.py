"""All variants beside each other: their loss curves, the same images through each, the maps of their codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures import curves, maps, samples
from hourglass.figures.overview import Trainings, overview
from hourglass.metrics import Row
from hourglass.records import Curve

SNAPSHOTS = (
    "What the classifier sees in reconstructions of the first test images, each variant's of the input that it is trained "
    "for, clean or not. A closed form, which takes no epochs, is a line across."
)


@dataclass(frozen=True)
class Through:
    """Test images, one of each class, and what went through every variant; all images uint8 (C, 28, 28).

    clean, noisy: the images. reconstructions, restorations: what each variant makes of either.
    """

    clean: Tensor
    noisy: Tensor
    reconstructions: Mapping[str, Tensor]
    restorations: Mapping[str, Tensor]


def pictures(
    title: str,
    classes: tuple[str, ...],
    rows: Mapping[str, Row],
    trained: Mapping[str, Trainings],
    losses: Mapping[str, Mapping[str, Curve]],
    kept: Mapping[str, Curve],
    through: Through,
    codes: tuple[Mapping[str, Tensor], Tensor],
) -> dict[str, Figure]:
    """By name. title: what was run, such as `MNIST latent=2`. rows, trained, losses: by variant.

    losses: on `training` and on `test` images. kept: shares of test images that show their class. codes: where each
    variant's lie on its map (M, 2), and their classes (M,).
    """
    same = f"{title}: the same ten test images through every variant"
    training, test = ({name: of[images] for name, of in losses.items()} for images in ("training", "test"))
    return {
        "overview": overview(through.clean, through.reconstructions, trained, f"{title}: all variants at a glance"),
        "losses": curves.losses(
            training, test, f"{title}: loss against epochs, each variant on the input it is trained for"
        ),
        "class-kept": curves.label_accuracy(
            kept, f"{title}: test images that show their class, epoch by epoch", SNAPSHOTS
        ),
        "reconstructions": samples.rows({"test image": through.clean, **through.reconstructions}, same, classes),
        "restorations": samples.rows({"noisy input": through.noisy, **through.restorations}, same, classes),
        "codes": code_maps(*codes, rows, classes, title),
    }


def code_maps(
    positions: Mapping[str, Tensor], labels: Tensor, rows: Mapping[str, Row], classes: Sequence[str], title: str
) -> Figure:
    """The map of every variant's codes (M, 2), with their labels (M,)."""
    drawn = {}
    for name, row in rows.items():
        note = f"10-NN accuracy on the map {row['map_knn']:.0%}"
        axes = maps.CODE if row["latent"] == 2 else maps.TSNE
        drawn[name] = maps.Map(positions[name].numpy(), labels.numpy(), note, axes)
    caption = (
        f"The same {len(labels)} test images in the code of every variant, brought to the plane by t-SNE; a code of "
        "two numbers is drawn as it is. 10-NN accuracy: how often most of the ten nearest points have a point's class."
    )
    return maps.side_by_side(drawn, tuple(classes), f"{title}: where the codes of test images lie", caption)
