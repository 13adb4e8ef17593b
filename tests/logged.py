"""Small trainings on MLflow's record, for the tests of what is done with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from hourglass import tracking

EXAMPLE = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
# what a developer's shell may set, and a store of the test's own must not inherit
OURS = ("DVC_EXP_NAME", "DVC_STAGE", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")


class Network(nn.Module):
    """An autoencoder as small as they come."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images: Tensor) -> Tensor:
        return self.decoder(self.encoder(images))


def log(
    file: Path,
    dataset: str,
    name: str,
    parameters: Mapping[str, object],
    results: Mapping[str, float],
    seed: int = 0,
    curves: Sequence[Mapping[str, float]] = (),
    pictures: Sequence[Path] = (),
    images: Sequence[Tensor] = (),
) -> Network:
    """Put a finished training of `Network(seed)` on record, with its model file, and what later stages found.

    curves: what was measured after each epoch. pictures: of the training, under `samples`. images: one an epoch.
    """
    network = Network(seed)
    save_file(network.state_dict(), file)
    training = tracking.Training(name, dataset, parameters, {"variant": name.partition(" ")[0]})
    with tracking.training_run(training) as run:
        for epoch, measured in enumerate(curves, 1):
            run.log_epoch(epoch, measured)
        for picture in pictures:
            run.log_picture(picture, "samples")
        run.finish(network, file, EXAMPLE, {}, images)
    tracking.add_results(training, file, results, folder="compare", history=file, network=lambda: (network, EXAMPLE))
    return network
