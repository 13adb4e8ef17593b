"""Figures of reconstructions and of images decoded from codes, with captions computed from the data."""

from fractions import Fraction

import torch
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.grids import Labels, grid, show
from hourglass.figures.style import new_figure
from hourglass.images import MOST_CLASSES, Images
from hourglass.models.codes import CODE_KINDS
from hourglass.records import EvaluationImages, LatentImages
from hourglass.stats import interpolation_agreement, stray_mixtures, strays

Classes = tuple[str, ...]
EPOCHS = (1, 2, 3, 5, 7, 8, 15, 20, 31, 40, 55)  # shown of a long run; 7, 8, 31 and 55 are those of Padova's sheet
SCALE = {"vmin": 0, "vmax": 100}  # percent; the same colours for all variants


def pairs(images: Tensor, reconstructions: Tensor, errors: Tensor, title: str) -> Figure:
    """Draw test images, ten per row, each with its reconstruction to the right.

    Images and reconstructions are uint8 (N, C, H, W). An incomplete last row is omitted. The caption reports the mean,
    minimum and maximum of the `errors` (N,) of the images drawn.
    """
    count = len(images) // 10 * 10
    both = torch.stack([images, reconstructions], dim=1)[:count].flatten(0, 1).unflatten(0, (-1, 20))
    errors = errors[:count]
    best, worst = int(errors.argmin()), int(errors.argmax())
    text = (
        f"{count} test images, each with its reconstruction to its right. MSE {errors.mean():.4f} on average, "
        f"{errors[best]:.4f} for the best (row {best // 10 + 1}, pair {best % 10 + 1}), {errors[worst]:.4f} for the "
        f"worst (row {worst // 10 + 1}, pair {worst % 10 + 1})."
    )
    return grid(both, title, text, width=10)


def extremes(test: Images, evaluated: EvaluationImages, title: str) -> Figure:
    """Draw the test images with the smallest and the largest reconstruction errors, each above its reconstruction."""
    errors = evaluated.errors
    text = (
        f"MSE on [0, 1] below each reconstruction; over all {len(errors):,} test images the mean is "
        f"{errors.mean():.4f} and the median {errors.median():.4f}."
    )
    parts = (
        ("smallest errors", evaluated.best, evaluated.best_images),
        ("largest errors", evaluated.worst, evaluated.worst_images),
    )
    with new_figure(1.2 + 0.95 * len(evaluated.best), 5.4, title, text) as figure:
        for ax, (name, chosen, reconstructions) in zip(figure.subplots(2, 1), parts, strict=True):
            labels = Labels(
                left=("test image", "reconstruction"),
                above=test.names(chosen),
                below=[f"{error:.4f}" for error in errors[chosen]],
            )
            show(ax, torch.stack([test.images[chosen], reconstructions]), labels)
            ax.set_title(name)
    return figure


def interpolation(test: Images, latent: LatentImages, title: str) -> Figure:
    """Draw decoded interpolations between pairs of test images, one pair per row, with the test images at the ends."""
    decoded, labels = latent.interpolations, test.labels[latent.ends]
    ends, steps = test.images[latent.ends], decoded.shape[1]
    start, end = (test.names(latent.ends[:, side]) for side in (0, 1))
    names = Labels(start, end, ["image", *(str(Fraction(step, steps - 1)) for step in range(steps)), "image"])
    text = "Decoded points on straight lines between two codes, and the test images at both ends."
    for same_class, name in ((True, "one class"), (False, "two classes")):
        agree, count = interpolation_agreement(latent.interpolation_predictions, labels, same_class)
        if test.labelled and count:
            share = f"{agree} of {count}"
            text += f" Between images of {name}, {share} decoded images are classified as a class of the ends."
    framed = []
    if test.labelled:
        text += " Framed: all others."
        others = strays(latent.interpolation_predictions, labels[:, None]).nonzero()
        framed = [(row, step + 1) for row, step in others.tolist()]
    return grid(torch.cat([ends[:, :1], decoded, ends[:, 1:]], dim=1), title, text, names, framed, width=9)


def mixtures(latent: LatentImages, classes: Classes, title: str) -> Figure:
    """Draw a matrix of images, each decoded from the midpoint between the mean codes of two classes.

    Images classified as neither class are framed. The diagonal shows the decoded class means.
    """
    predictions = enumerate(latent.mean_predictions.tolist())
    wrong = [f"{classes[label]} as {classes[other]}" for label, other in predictions if label != other]
    errors = f" ({', '.join(wrong)})" if wrong else ""
    text = (
        "Decoded average of the mean codes of two classes; on the diagonal, the mean code of one class. "
        f"{len(classes) - len(wrong)} of {len(classes)} class means are classified as their class{errors}. Framed: "
        "images classified as none of the classes whose means they mix."
    )
    shown = classes[: len(latent.mixtures)]
    framed = [(row, column) for row, column in stray_mixtures(latent.mixture_predictions).nonzero().tolist()]
    return grid(latent.mixtures, title, text, Labels(left=shown, above=shown), framed)


def traversal(latent: LatentImages, latent_dim: int, title: str, code: str = "none") -> Figure:
    """Draw latent traversals, one latent dimension per row, with all other dimensions at their mean.

    `code` is the kind of latent code, a key of `CODE_KINDS`. The caption states how it affects the other dimensions.
    """
    dims, active = latent.traversal_dims.tolist(), latent.traversal_active.tolist()
    ranges = zip(latent.traversal_low.tolist(), latent.traversal_high.tolist(), strict=True)
    labels = [
        f"dim {dim + 1} ({low:.3g} … {high:.3g}){'' if on else ' inactive'}".replace("-", "−")
        for dim, (low, high), on in zip(dims, ranges, active, strict=True)
    ]
    images = latent.traversal.float() / 255
    change = (images[:, -1] - images[:, 0]).square().mean(dim=(1, 2, 3))
    most = int(change.argmax())
    which = "Every latent dimension" if len(dims) == latent_dim else f"The {len(dims)} most variable latent dimensions"
    text = (
        f"{which} from the 1st to the 99th percentile over the test set, {CODE_KINDS[code].others}. Dimension "
        f"{dims[most] + 1} changes the image most (mean squared difference of both ends {change[most]:.3f}); "
        f"{sum(active)} of {len(dims)} active."
    )
    above = ["low", *[""] * (images.shape[1] - 2), "high"]
    return grid(latent.traversal, title, text, Labels(left=labels, above=above))


def confusion(counts: Tensor, classes: Classes, title: str) -> Figure:
    """Draw a confusion matrix as percentages of each row. `counts` (C, C) has one row per true class."""
    from sklearn.metrics import ConfusionMatrixDisplay  # noqa: PLC0415  takes seconds

    shares = 100 * counts.double() / counts.sum(dim=1, keepdim=True).clamp(min=1)
    mistakes = shares - shares.diagonal().diag()
    row, column = divmod(int(mistakes.argmax()), len(classes))
    text = (
        "Share of the row's test images, in %, whose reconstruction is classified as the column's class. Label "
        f"accuracy {counts.diagonal().sum() / counts.sum():.1%} on {int(counts.sum()):,} images."
    )
    if mistakes[row, column] > 0:
        text += f" Most frequent error: {classes[row]} as {classes[column]} ({mistakes[row, column]:.0f} %)."
    side = max(7.5, 0.3 * len(classes))  # inches
    with new_figure(side, side + 0.1, title, text) as figure:
        ax = figure.subplots()
        display = ConfusionMatrixDisplay(shares.numpy(), display_labels=classes)
        values = {} if len(classes) <= MOST_CLASSES else {"include_values": False}
        display.plot(
            ax=ax, cmap="Blues", values_format=".0f", xticks_rotation=40, colorbar=False, im_kw=SCALE, **values
        )
        ax.set(xlabel="predicted class", ylabel="true class")
        ax.grid(False)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    return figure


def milestones(epochs: int) -> list[int]:
    """Select at most 12 epochs from 1 to `epochs`, denser at the beginning and always including the last."""
    return list(range(1, epochs + 1)) if epochs <= 11 else [*(e for e in EPOCHS if e < epochs), epochs]


def through_training(
    inputs: Tensor, reconstructions: Tensor, original: Tensor, predictions: Tensor, label: int,
    classes: Classes, title: str,
) -> Figure:  # fmt: skip
    """Draw the reconstructions of one image after several epochs of training, with errors and predicted classes.

    Predicted classes are omitted if there is only one class.

    Args:
        inputs: corrupted image, uint8 (1, C, H, W), or empty (0, C, H, W) if the model was trained on clean images.
        reconstructions: reconstruction after each of E epochs, uint8 (E, C, H, W).
        original: clean image, uint8 (C, H, W).
        predictions: predicted class of the reconstruction after each epoch, uint8 (E,).
        label: true class of the image.
        classes: class names.
        title: title of the figure.
    """
    errors = ((reconstructions.float() - original.float()) / 255).square().mean(dim=(1, 2, 3))
    epochs = milestones(len(reconstructions))
    images = torch.cat([inputs, reconstructions[[epoch - 1 for epoch in epochs]], original[None]])
    labelled, original_name = len(classes) > 1, _two_lines(classes[label])
    # so that figures of all variants have one height, whichever classes they name
    original_name += "\n" * (max(_two_lines(name).count("\n") for name in classes) - original_name.count("\n"))
    below = [f"{errors[epoch - 1]:.4f}" for epoch in epochs]
    if labelled:
        predicted = [_two_lines(classes[predictions[epoch - 1]]) for epoch in epochs]
        below = [f"{error}\n{name}" for error, name in zip(below, predicted, strict=True)]
    labels = Labels(
        above=[*["input"] * len(inputs), *(map(str, epochs) if len(errors) > 1 else ["fitted"]), "original"],
        below=[*[""] * len(inputs), *below, f"\n{original_name}" if labelled else ""],
    )
    wrong = predictions != label if labelled else torch.zeros_like(predictions, dtype=torch.bool)
    framed = [(0, len(inputs) + number) for number, epoch in enumerate(epochs) if wrong[epoch - 1]]
    best = int(errors.argmin())
    what = " and predicted class below; framed if wrong, as in" if labelled else " below."
    text = f"Reconstruction after each epoch above, with MSE{what} "
    if labelled:
        text += f"{int(wrong.sum())} of {len(wrong)} epochs. "
    text += (
        f"MSE {errors[0]:.4f} after epoch 1, {errors[-1]:.4f} after the last, best after epoch {best + 1} "
        f"({errors[best]:.4f})."
    )
    if len(errors) == 1:  # a closed form, or a single epoch
        what = " and predicted class below; framed if the class is wrong." if labelled else " below."
        text = f"Reconstruction of the fitted model, with MSE{what}"
    return grid(images[None], title, text, labels, framed, width=11)


def _two_lines(name: str) -> str:
    return name.replace(" ", "\n").replace("/", "/\n")
