"""Figures of reconstructions and of images decoded from codes. Captions are computed from the data."""

from collections.abc import Sequence
from fractions import Fraction

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay
from torch import Tensor

from hourglass.figures.grids import Labels, grid, show, to_pixels
from hourglass.figures.style import STYLE, caption
from hourglass.records import LatentImages

Classes = tuple[str, ...]
EPOCHS = (1, 2, 3, 5, 7, 8, 10, 15, 20, 31, 40, 55, 60)  # shown of a long run; most changes happen early


def pairs(images: Tensor, reconstructions: Tensor, errors: Tensor, title: str) -> Figure:
    """Draw test images, each with its reconstruction to its right, ten pairs per row.

    Args:
        images: uint8 (N, 28, 28).
        reconstructions: uint8 (N, 28, 28).
        errors: mean squared errors (N,).
        title: title of the figure.
    """
    count = len(images) // 10 * 10
    both = torch.stack([to_pixels(images), to_pixels(reconstructions)], dim=1)[:count].reshape(-1, 20, 28, 28)
    errors = errors[:count]
    best, worst = int(errors.argmin()), int(errors.argmax())
    text = (
        f"{count} test images, each with its reconstruction to its right. MSE {errors.mean():.4f} on average, "
        f"{errors[best]:.4f} for the best (row {best // 10 + 1}, pair {best % 10 + 1}), {errors[worst]:.4f} for the "
        f"worst (row {worst // 10 + 1}, pair {worst % 10 + 1})."
    )
    return grid(both, title, text, width=10)


def extremes(images: Tensor, reconstructions: Tensor, labels: Sequence[str], errors: Tensor, title: str) -> Figure:
    """Draw the test images with the smallest errors, and below those with the largest, above their reconstructions.

    Args:
        images: uint8 (2, N, 28, 28): the best, then the worst.
        reconstructions: uint8 (2, N, 28, 28).
        labels: 2 N class names.
        errors: mean squared errors of all test images.
        title: title of the figure.
    """
    count = images.shape[1]
    order = errors.argsort(stable=True)
    values = [*errors[order[:count]], *errors[order[-count:].flip(0)]]
    cells = torch.stack([images, reconstructions], dim=1).flatten(0, 1)
    with rc_context(STYLE):
        figure = Figure(figsize=(1.2 + 0.95 * count, 5.4))
        for number, (ax, name) in enumerate(zip(figure.subplots(2, 1), ("smallest", "largest"), strict=True)):
            part = slice(number * count, (number + 1) * count)
            below = [f"{value:.4f}" for value in values[part]]
            names = Labels(left=("test image", "reconstruction"), above=list(labels[part]), below=below)
            show(ax, cells[2 * number : 2 * number + 2], names)
            ax.set_title(f"{name} errors", fontsize=10)
        text = (
            f"MSE on [0, 1] below each reconstruction; over all {len(errors):,} test images the mean is "
            f"{errors.mean():.4f} and the median {errors.median():.4f}."
        )
        caption(figure, title, text)
    return figure


def interpolation(ends: Tensor, latent: LatentImages, labels: Tensor, classes: Classes, title: str) -> Figure:
    """Draw decoded interpolations between the codes of pairs of test images.

    Args:
        ends: the test images, uint8 (P, 2, 28, 28).
        latent: interpolations and their predicted classes.
        labels: classes (P, 2) of the test images.
        classes: class names.
        title: title of the figure.
    """
    decoded, predictions = latent.interpolations, latent.interpolation_predictions
    steps = decoded.shape[1]
    images = torch.cat([to_pixels(ends[:, :1]), to_pixels(decoded), to_pixels(ends[:, 1:])], dim=1)
    start, end = ([classes[label] for label in labels[:, side]] for side in (0, 1))
    names = Labels(start, end, ["image", *(str(Fraction(step, steps - 1)) for step in range(steps)), "image"])
    agrees = (predictions[:, :, None] == labels[:, None]).any(dim=2)
    same = labels[:, 0] == labels[:, 1]
    text = "Decoded points on straight lines between two codes, and the test images at both ends."
    for which, name in ((same, "one class"), (~same, "two classes")):
        if which.any():
            share = f"{int(agrees[which].sum())} of {agrees[which].numel()}"
            text += f" Between images of {name}, {share} decoded images are classified as a class of the ends."
    return grid(images, title, text, names, width=9)


def mixtures(images: Tensor, predictions: Tensor, classes: Classes, title: str) -> Figure:
    """Draw decoded averages of each pair of class means, (C, C, 28, 28), the class means framed on the diagonal."""
    wrong = [
        f"{classes[label]} as {classes[other]}" for label, other in enumerate(predictions.tolist()) if label != other
    ]
    errors = f" ({', '.join(wrong)})" if wrong else ""
    text = (
        "Decoded average of the mean codes of two classes; framed on the diagonal, the mean code of one class. "
        f"{len(classes) - len(wrong)} of {len(classes)} class means are classified as their class{errors}."
    )
    diagonal = [(place, place) for place in range(len(classes))]
    return grid(images, title, text, Labels(left=classes, above=classes), diagonal)


def traversal(latent: LatentImages, latent_dim: int, title: str, code: str = "none") -> Figure:
    """Draw traversals of latent dimensions, one per row, with the other dimensions at their mean.

    Args:
        latent: traversals.
        latent_dim: dimension of the latent space.
        title: title of the figure.
        code: kind of code; for softmax the others keep their proportions.
    """
    dims, active = latent.traversal_dims.tolist(), latent.traversal_active.tolist()
    ranges = zip(latent.traversal_low.tolist(), latent.traversal_high.tolist(), strict=True)
    labels = [
        f"dim {dim + 1} ({low:.2g} … {high:.2g}){'' if on else ' inactive'}".replace("-", "−")
        for dim, (low, high), on in zip(dims, ranges, active, strict=True)
    ]
    images = to_pixels(latent.traversal)
    change = (images[:, -1] - images[:, 0]).square().mean(dim=(1, 2))
    most = int(change.argmax())
    which = "Every latent dimension" if len(dims) == latent_dim else f"The {len(dims)} most variable latent dimensions"
    others = "the others in their mean proportions" if code == "softmax" else "the others at their mean"
    text = (
        f"{which} from the 1st to the 99th percentile over the test set, {others}. Dimension {dims[most] + 1} "
        f"changes the image most (mean squared difference of both ends {change[most]:.3f}); {sum(active)} of "
        f"{len(dims)} active."
    )
    return grid(images, title, text, Labels(left=labels, above=["low", *[""] * (images.shape[1] - 2), "high"]))


def confusion(counts: Tensor, classes: Classes, title: str) -> Figure:
    """Draw a confusion matrix from counts (C, C) by true class (row) and predicted class (column)."""
    shares = 100 * counts.double() / counts.sum(dim=1, keepdim=True).clamp(min=1)
    mistakes = shares - shares.diagonal().diag()
    row, column = divmod(int(mistakes.argmax()), len(classes))
    text = (
        f"Share of the row's test images, in %, whose reconstruction is classified as the column's class. Label "
        f"accuracy "
        f"{counts.diagonal().sum() / counts.sum():.1%} on {int(counts.sum()):,} images."
    )
    if mistakes[row, column] > 0:
        text += f" Most frequent error: {classes[row]} as {classes[column]} ({mistakes[row, column]:.0f} %)."
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(7.5, 7.6))
        display = ConfusionMatrixDisplay(shares.numpy(), display_labels=classes)
        display.plot(ax=figure.subplots(), cmap="Blues", values_format=".0f", xticks_rotation=40, colorbar=False)
        display.ax_.set(xlabel="predicted class", ylabel="true class")
        for label in display.ax_.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
        caption(figure, title, text)
    return figure


def milestones(epochs: int) -> list[int]:
    """Return at most a dozen of the epochs 1 to `epochs`, denser at first, always with the last."""
    return list(range(1, epochs + 1)) if epochs <= 11 else [*(e for e in EPOCHS if e < epochs), epochs]


def through_training(
    original: Tensor, corrupted: Tensor | None, reconstructions: Tensor, predictions: Tensor, label: int,
    classes: Classes, title: str,
) -> Figure:  # fmt: skip
    """Draw one image's reconstruction during training, with its error and predicted class.

    Args:
        original: uint8 (28, 28).
        corrupted: the model's input if it differs from the original.
        reconstructions: uint8 (E, 28, 28), the first after epoch 1.
        predictions: predicted classes (E,).
        label: class of the original.
        classes: class names.
        title: title of the figure.
    """
    errors = ((reconstructions.float() - original.float()) / 255).square().mean(dim=(1, 2))
    epochs = milestones(len(reconstructions))
    inputs = [] if corrupted is None else [corrupted]
    images = torch.stack([*inputs, *reconstructions[[epoch - 1 for epoch in epochs]], original])[None]
    below = [f"{errors[epoch - 1]:.4f}\n{_two_lines(classes[predictions[epoch - 1]])}" for epoch in epochs]
    labels = Labels(
        above=[*["input"] * len(inputs), *map(str, epochs), "original"],
        below=[*[""] * len(inputs), *below, f"\n{_two_lines(classes[label])}"],
    )
    wrong = predictions != label
    framed = [(0, len(inputs) + number) for number, epoch in enumerate(epochs) if wrong[epoch - 1]]
    best = int(errors.argmin())
    text = (
        f"Reconstruction after each epoch above, with MSE and predicted class below; framed if wrong, as in "
        f"{int(wrong.sum())} of {len(wrong)} epochs. MSE {errors[0]:.4f} after epoch 1, {errors[-1]:.4f} after the "
        f"last, best after epoch {best + 1} ({errors[best]:.4f})."
    )
    return grid(images, title, text, labels, framed, width=11)


def _two_lines(name: str) -> str:
    return name.replace(" ", "\n").replace("/", "/\n")
