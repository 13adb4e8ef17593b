"""What a model makes of codes and of images, picture by picture; what the captions say is computed from the numbers.

Decoded images are uint8 (…, 28, 28), or float (…, 1, 28, 28) in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.sheets import Names, pixels, sheet

Classes = tuple[str, ...]
EPOCHS = (1, 2, 3, 5, 10, 15, 20, 30, 40, 50, 60)  # much happens in the first ones
SWEPT = ("the others at their mean", "as a log-ratio, the others in their mean proportions")  # free numbers, shares
FEW = 11  # epochs that are shown one by one


def pairs(images: Tensor, reconstructions: Tensor, errors: Tensor, title: str) -> Figure:
    """Images (N, 28, 28), each with its reconstruction to its right; ten pairs a row.

    errors: mean squared errors (N,) of the reconstructions, on [0, 1].
    """
    count = len(images) // 10 * 10
    both = torch.stack([_shown(images), _shown(reconstructions)], dim=1)[:count]
    errors = errors[:count]
    best, worst = int(errors.argmin()), int(errors.argmax())
    caption = (
        f"{count} test images, each with its reconstruction to its right. Mean squared error on [0, 1]: "
        f"{errors.mean():.4f} on average, {errors[best]:.4f} in the best pair ({_place(best)}), "
        f"{errors[worst]:.4f} in the worst ({_place(worst)})."
    )
    return sheet(
        both.reshape(-1, 20, *both.shape[-2:]), title, caption, Names(), apart=range(0, 20, 2), gaps=(5, 1), width=10
    )


def _place(index: int) -> str:
    return f"row {index // 10 + 1}, pair {index % 10 + 1}"


def _shown(images: Tensor) -> Tensor:
    """Images of either kind as float32 (…, 28, 28)."""
    return pixels(images) if images.dtype == torch.uint8 else pixels(images).squeeze(-3)


def interpolation(ends: Tensor, decoded: Tensor, labels: Tensor, seen: Tensor, classes: Classes, title: str) -> Figure:
    """P decoded lines of S images between pairs of images, between the images themselves, uint8 (P, 2, 28, 28).

    labels: classes (P, 2) of the images. seen: the class (P, S) that the classifier gives each decoded image.
    """
    steps = decoded.shape[1]
    shown = torch.cat([_shown(ends[:, :1]), _shown(decoded), _shown(ends[:, 1:])], dim=1)
    columns = [str(Fraction(step, steps - 1)) for step in range(steps)]
    from_, to = ([classes[label] for label in labels[:, end]] for end in (0, 1))
    names = Names(from_, to, ["image", *columns, "image"])
    return sheet(shown, title, _on_the_way(labels, seen), names, apart=(1, steps + 1))


def _on_the_way(labels: Tensor, seen: Tensor) -> str:
    """What the classifier sees, (P, S), between images of classes (P, 2)."""
    end = (seen[:, :, None] == labels[:, None]).any(dim=2)
    same = labels[:, 0] == labels[:, 1]
    text = "Straight lines between two codes, decoded; the test images at either end."
    if same.any():
        text += f" Within a class the classifier sees that class in {end[same].sum()} of {end[same].numel()} decoded images."
    if not same.all():
        text += f" Between two classes it sees one of the two in {end[~same].sum()} of {end[~same].numel()}."
    return text


def mixtures(images: Tensor, seen: Tensor, classes: Classes, title: str) -> Figure:
    """Decoded averages of the mean codes of each two of C classes; on the diagonal the means themselves.

    seen: the class (C,) that the classifier gives each image on the diagonal.
    """
    wrong = [f"{classes[label]} as {classes[told]}" for label, told in enumerate(seen.tolist()) if label != told]
    right = len(classes) - len(wrong)
    taken = f" (it takes {', '.join(wrong)})" if wrong else ""
    caption = (
        "Each image decodes the average of the mean codes of its row's and its column's class over the test set; "
        f"framed, the mean code of one class. The classifier tells the class of {right} of these {len(classes)}{taken}."
    )
    diagonal = [(place, place) for place in range(len(classes))]
    return sheet(images, title, caption, Names(left=classes, above=classes), framed=diagonal)


def traversal(
    images: Tensor,
    units: Sequence[int],
    ranges: tuple[Sequence[float], Sequence[float]],
    live: Sequence[bool],
    size: int,
    title: str,
    code: str = "none",
) -> Figure:
    """Code numbers swept one by one, decoded: R rows of S images, a row a unit.

    units: which unit of the `size` each row sweeps. ranges: from where and to where. live: whether it ever changes.
    code: the kind of code.
    """
    labels = [
        f"code {unit + 1} ({_number(low)} … {_number(high)})" + ("" if alive else "\ndead")
        for unit, low, high, alive in zip(units, *ranges, live, strict=True)
    ]
    change = (_shown(images[:, -1]) - _shown(images[:, 0])).square().mean(dim=(1, 2))
    most = int(change.argmax())
    dead = [str(unit + 1) for unit, alive in zip(units, live, strict=True) if not alive]
    rest = f"; dead, the same for every image: {', '.join(dead)}" if dead else "; none is dead"
    which = "Every code number" if len(units) == size else f"The {len(units)} of {size} code numbers that vary most,"
    caption = (
        f"{which} swept from its 1st to its 99th percentile over the test set, {SWEPT[code == 'softmax']}. Number "
        f"{units[most] + 1} changes the image most (mean squared change from end to end {change[most]:.3f}){rest}."
    )
    ends = ["low", *[""] * (images.shape[1] - 2), "high"]
    return sheet(images, title, caption, Names(left=labels, above=ends))


def _number(value: float) -> str:
    """To two digits, with their noughts; of what is next to nothing, as a dead share is, only that."""
    if 0 < value < 1e-4:
        return "< 0.0001"
    return (f"{value:#.2g}".rstrip(".") if abs(value) < 99.5 else f"{value:.0f}").replace("-", "−")


def milestones(epochs: int) -> list[int]:
    """About ten of the epochs 1 to `epochs`, closer together at first, always with the last."""
    if epochs <= FEW:
        return list(range(1, epochs + 1))
    return [epoch for epoch in EPOCHS if epoch < epochs] + [epochs]


@dataclass(frozen=True)
class Seen:
    """What the classifier sees in one image's reconstructions: classes (E,) of these, and the class of the original."""

    verdicts: Tensor
    label: int
    classes: Classes

    @property
    def wrong(self) -> Tensor:
        """Whether each shows another class than the original's, bool (E,)."""
        return self.verdicts != self.label

    def name(self, label: int) -> str:
        """Of a class, on two lines where it is two words."""
        return self.classes[label].replace(" ", "\n").replace("/", "/\n")


def through_training(
    original: Tensor, given: Tensor | None, reconstructions: Tensor, seen: Seen, title: str, closed_form: bool = False
) -> Figure:
    """One image's reconstruction, epoch after epoch, with the class that it shows.

    original: uint8 (28, 28). given: what the model was given, where that is not the original. reconstructions:
    uint8 (E, 28, 28), the first after epoch 1; closed_form: there is one, and no epochs led to it.
    """
    errors = ((reconstructions.float() - original.float()) / 255).square().mean(dim=(1, 2))
    epochs = milestones(len(reconstructions))
    shown = [*([] if given is None else [given]), *reconstructions[[epoch - 1 for epoch in epochs]], original]
    before = [""] * (given is not None)
    titles = ["fitted"] if closed_form else [f"epoch\n{epoch}" if epoch == 1 else str(epoch) for epoch in epochs]
    names = Names(
        above=[*("given" for _ in before), *titles, "original"],
        below=[
            *before,
            *(f"{errors[epoch - 1]:.4f}\n{seen.name(int(seen.verdicts[epoch - 1]))}" for epoch in epochs),
            f"\n{seen.name(seen.label)}",
        ],
    )
    apart = (len(before), len(shown) - 1)
    framed = [(0, len(before) + number) for number, epoch in enumerate(epochs) if seen.wrong[epoch - 1]]
    caption = f"{_course(errors, closed_form)} {_verdicts(seen)}"
    # wide enough for the longest word of a class under each of the most images
    return sheet(torch.stack(shown)[None], title, caption, names, apart, framed, width=8.5)


def _verdicts(seen: Seen) -> str:
    """In how many of several epochs the classifier saw another class."""
    text = "The class is the one that the classifier sees, framed where it is not the original's"
    epochs = len(seen.wrong)
    return f"{text}." if epochs == 1 else f"{text}: after {int(seen.wrong.sum())} of {epochs} epochs."


def _course(errors: Tensor, closed_form: bool) -> str:
    """What became of the mean squared error (E,)."""
    if closed_form:
        return "Under the reconstruction its mean squared error on [0, 1]; fitted in closed form, in no epochs."
    under = "Under each reconstruction its mean squared error on [0, 1]"
    if len(errors) == 1:
        return f"{under}; there was one epoch."
    best = int(errors.argmin())
    near = int((errors <= 1.1 * errors[-1]).nonzero()[0, 0]) + 1
    return (
        f"{under}: from {errors[0]:.4f} after epoch 1 to {errors[-1]:.4f} after epoch {len(errors)}; first within 10 % "
        f"of that after epoch {near}, best ({errors[best]:.4f}) after epoch {best + 1}."
    )
