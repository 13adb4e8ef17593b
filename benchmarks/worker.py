"""One measurement in a process of its own: `python -m benchmarks.worker TASK`, where TASK is JSON.

Settings of one engine (denormals, threads, hooks) thus do not affect another. The process prints `ready` after the
warm-up, waits for a line, measures, and prints one line of JSON.
"""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import TextIO

import torch

from benchmarks.engines import ENGINES
from benchmarks.workload import WARM_UP_STEPS, Task, Workload, prepare
from hourglass.images import to_float


@dataclass(frozen=True)
class Timing:
    """Seconds of every epoch, start and end of training as Unix time, and the test MSE if it was requested."""

    epoch_seconds: list[float]
    start: float
    end: float
    test_mse: float | None = None


def main(task: Task, output: TextIO) -> None:
    """Warm up, wait for a line on standard input, train, and write the timing to `output` as JSON."""
    torch.set_num_threads(1)  # threads inherit the settings of the engine, which starts them
    workload = prepare(task)
    torch.set_num_threads(task.threads)
    few = replace(workload, images=workload.images[: WARM_UP_STEPS * workload.train.batch_size])
    ENGINES[task.engine](replace(few, train=workload.train.model_copy(update={"epochs": 1})))
    print("ready", file=output, flush=True)
    if not sys.stdin.readline():
        sys.exit("the benchmark has ended")
    start = time.time()
    trained = ENGINES[task.engine](workload)
    end = time.time()
    error = test_mse(trained.network, workload) if task.test else None
    print(json.dumps(asdict(Timing(trained.epoch_seconds, start, end, error))), file=output, flush=True)


@torch.inference_mode()
def test_mse(network: torch.nn.Module, workload: Workload) -> float:
    """Return the mean squared error on [0, 1] between reconstructions of corrupted test images and the clean images.

    All engines are tested on the same corrupted images.
    """
    generator = torch.Generator().manual_seed(workload.seed)
    network.eval()
    total = 0.0
    for part in workload.test_images.split(1000):
        targets = to_float(part)
        inputs = workload.corruption.apply(targets, generator)
        total += (network(inputs) - targets).square().sum(dtype=torch.float64).item()
    return total / workload.test_images.numel()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # trainers print to standard output
    main(Task(**json.loads(sys.argv[1])), answers)
