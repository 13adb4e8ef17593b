"""Which classes are taken for which, as a table of shares in colour."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.sheets import EDGE, longest, wrapped
from hourglass.figures.style import STYLE

WIDTH, HEIGHT = 7.5, 7.6  # inches
DARK = 55  # percent from which the colour is too dark for black letters


def confusion(counts: Tensor, classes: tuple[str, ...], title: str) -> Figure:
    """A heat map of how many images (C, C) of the row's class show the column's; in numbers, percent of the row."""
    shares = 100 * counts.double() / counts.sum(dim=1, keepdim=True).clamp(min=1)
    places = range(len(classes))
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(max(WIDTH, longest([title], size=11) + 2 * EDGE), HEIGHT))
        ax = figure.subplots()
        ax.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=100)
        for row in places:
            for column in places:
                if counts[row, column]:
                    share = float(shares[row, column])
                    colour = "white" if share > DARK else "black"
                    ax.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize=9, color=colour)
        ax.set_xticks(places, classes, rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(places, classes)
        ax.tick_params(length=0)
        ax.set(xlabel="class that the classifier sees", ylabel="class of the test image")
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(wrapped(_most_taken(counts, shares, classes), WIDTH), fontsize=9)
    return figure


def _most_taken(counts: Tensor, shares: Tensor, classes: tuple[str, ...]) -> str:
    """How often a class is kept, and what is most often taken for what."""
    kept = counts.diagonal().sum() / counts.sum()
    text = (
        f"Of the test images of the row's class, the share in % whose reconstruction shows the column's class; nothing "
        f"is written where there is none. Over all {int(counts.sum()):,} images {kept:.1%} keep their class."
    )
    mistaken = shares - shares.diagonal().diag()
    row, column = divmod(int(mistaken.argmax()), len(classes))
    if mistaken[row, column] == 0:
        return text
    return f"{text} Most often taken for another: {classes[row]} for {classes[column]} ({mistaken[row, column]:.0f}%)."
