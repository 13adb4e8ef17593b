"""One-line descriptions of variants."""

from hourglass.corruptions import CORRUPTIONS
from hourglass.models.spec import PcaSpec
from hourglass.settings.stage_configs import TrainConfig

CODES = {"none": "", "relu": ", ReLU", "softmax": ", softmax", "gaussian": ", variational"}


def describe_variant(config: TrainConfig) -> str:
    """Return a line such as `convolutional · 6 latent dimensions · clean images · 60 epochs`."""
    network, train, corruption = config.network, config.train, config.corruption
    if isinstance(network, PcaSpec):
        kind, code = "principal components", ""
    else:
        kind = "convolutional" if network.encoder.convolutions else "fully connected"
        code = CODES[network.code]
    parts = [kind, plural(network.latent, "latent dimension") + code]
    parts.append("clean images" if corruption == "none" else f"images with {CORRUPTIONS[corruption].description}")
    if train is not None:
        parts.append(plural(train.epochs, "epoch"))
    return " · ".join(parts)


def plural(count: int, noun: str) -> str:
    """Return `1 epoch`, `2 epochs`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
