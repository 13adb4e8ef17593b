"""What training minimises, a file each; params.yaml and dvc.yaml know a loss by the name of its file."""

from hourglass.losses import elbo, squared_error
from hourglass.losses.base import Loss

LOSSES: dict[str, Loss] = {
    "squared_error": squared_error.LOSS,
    "elbo": elbo.LOSS,
}

__all__ = ["LOSSES", "Loss"]
