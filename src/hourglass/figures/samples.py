"""Pictures of images: labelled rows of them, all on the same pixel scale."""

from collections.abc import Mapping

from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.style import STYLE


def rows(images: Mapping[str, Tensor], title: str, columns: tuple[str, ...] = ()) -> Figure:
    """Rows of images under each other, each with its label on the left; black is 0, white 1.

    images: label to uint8 (N, 28, 28) or float (N, 1, 28, 28) in [0, 1], the same N for all. columns: N names.
    """
    count = len(next(iter(images.values())))
    with rc_context(STYLE):
        figure = Figure(figsize=(1.9 + 0.85 * count, 0.75 + 0.85 * len(images)))
        axes = figure.subplots(len(images), count, squeeze=False)
        for line, (label, row) in zip(axes, images.items(), strict=True):
            pixels = row if row.is_floating_point() else row.float() / 255
            for ax, image in zip(line, pixels.reshape(count, *row.shape[-2:]), strict=True):
                ax.imshow(image.numpy(), cmap="gray", vmin=0, vmax=1)
                ax.set(xticks=[], yticks=[])
                ax.grid(False)
                ax.spines[:].set_visible(False)
            line[0].set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8)
        for ax, name in zip(axes[0], columns, strict=False):
            ax.set_title(name, fontsize=9)
        figure.suptitle(title, fontsize=11)
    return figure
