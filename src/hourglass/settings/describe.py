"""What a variant is, in the words of the field."""

from hourglass.corruptions import CORRUPTIONS
from hourglass.models.spec import PcaSpec
from hourglass.settings.stage_configs import TrainConfig

CODES = {"none": "", "relu": ", ReLU", "softmax": ", softmax", "gaussian": ", variational"}
"""What is said of a code, by its activation."""


def in_a_line(training: TrainConfig) -> str:
    """Network, code, what it is trained on and for how long: `convolutional · 6 numbers · clean images · 60 epochs`."""
    network, train, corruption = training.network, training.train, training.corruption
    if isinstance(network, PcaSpec):
        kind, code = "principal components", ""
    else:
        kind = "convolutional" if network.encoder.convolutions else "fully connected"
        code = CODES[network.code]
    parts = [kind, counted(network.latent, "number") + code]
    parts.append("clean images" if corruption == "none" else f"images with {CORRUPTIONS[corruption].words}")
    if train is not None:
        parts.append(counted(train.epochs, "epoch"))
    return " · ".join(parts)


def counted(count: int, what: str) -> str:
    """`1 epoch`, `2 epochs`."""
    return f"{count} {what}{'' if count == 1 else 's'}"
