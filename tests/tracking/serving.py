"""A small network and a server, for tests of the model registry."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn


class Network(nn.Module):
    """A small autoencoder with dropout, so that training and evaluation mode differ."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.SELU(), nn.Flatten(), nn.Linear(2 * 14 * 14, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 784), nn.Dropout(0.5), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images: Tensor) -> Tensor:
        return self.decoder(self.encoder(images))


@contextmanager
def server(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, and end it with all its workers after the block."""
    variables = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # job runners take 15 s more to start
    process = subprocess.Popen(command, env=variables, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
