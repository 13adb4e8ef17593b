"""What a loss is made of, as training goes on."""

from matplotlib import rc_context
from matplotlib.figure import Figure

from hourglass.figures.style import COLOURS, STYLE
from hourglass.records import History

TERMS = {"reconstruction": "reconstruction", "kl": "KL divergence from the prior"}
WHOLE = "both: the negative evidence lower bound"
CAPTION = (
    "Codes are drawn, in training as in testing. Training: mean over an epoch, as the weights moved; test: after it.\n"
    "Grey pixels count as probabilities; of noisy input the code is drawn given that, and the image is the clean one."
)


def has_terms(history: History) -> bool:
    """Whether the loss had terms that were measured on test images too."""
    return all(f"{split}_{term}" in history.columns for split in ("train", "test") for term in TERMS)


def loss_terms(history: History, title: str) -> Figure:
    """A panel each of reconstruction, KL and their sum, in nats per image, against epochs."""
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 4))
        axes = figure.subplots(1, len(TERMS) + 1)
        panels = [*((words, [term]) for term, words in TERMS.items()), (WHOLE, list(TERMS))]
        for ax, (words, terms) in zip(axes, panels, strict=True):
            for number, (split, name) in enumerate((("train", "training images"), ("test", "test images"))):
                columns = [history.columns[f"{split}_{term}"] for term in terms]
                lines = zip(history.epochs, zip(*columns, strict=True), strict=True)
                points = [(epoch, [value for value in values if value is not None]) for epoch, values in lines]
                known = [(epoch, sum(values)) for epoch, values in points if len(values) == len(terms)]
                ax.plot(*zip(*known, strict=True), color=COLOURS[number], marker="os"[number], markersize=4, label=name)
            ax.set(xlabel="epoch")
            ax.set_title(words, fontsize=10)
        axes[0].set_ylabel("nats per image")
        axes[0].legend()
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(CAPTION, fontsize=8.5)
    return figure
