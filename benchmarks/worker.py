"""One measurement in a process of its own: `python -m benchmarks.worker JOB`, where JOB is JSON.

Says `ready` when it has warmed up, waits for a line, measures, and answers with one line of JSON. A process of its own,
so that nothing one engine sets (flush to zero, threads, hooks) reaches another.
"""

import json
import os
import resource
import statistics
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TextIO

import torch

from benchmarks.engines import ENGINES
from benchmarks.work import WARM_UP, Job, Work, prepare
from hourglass.images import to_float

MATRIX = 2048  # side of the matrices whose product tells how fast the machine is
FORGET, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")  # Linux
RATE = "matrix product"  # the engine that measures it


@dataclass(frozen=True)
class Measured:
    """began, ended: seconds of one clock for all processes. peak_mb: most memory the process held, in 10⁶ bytes.

    rate: float32 operations a second of a matrix product, where that was asked for.
    """

    epoch_seconds: list[float]
    began: float
    ended: float
    peak_mb: float
    test_mse: float | None = None
    rate: float | None = None


def main(job: Job, answers: TextIO) -> None:
    torch.set_num_threads(1)  # torch starts its threads when an engine asks for them: they inherit what that has set
    work = prepare(job) if job.engine != RATE else None
    torch.set_num_threads(job.threads)
    if work is None:
        matrix_product(3)
        _wait_for_the_start(answers)
        measured = Measured([], 0.0, 0.0, 0.0, rate=matrix_product(7))
    else:
        measured = measure(job, work, answers)
    print(json.dumps(asdict(measured)), file=answers, flush=True)


def measure(job: Job, work: Work, answers: TextIO) -> Measured:
    """Train as the job says, after a few steps that nobody counts."""
    few = replace(work, images=work.images[: WARM_UP * work.train.batch_size])
    ENGINES[job.engine](replace(few, train=work.train.model_copy(update={"epochs": 1})))
    _wait_for_the_start(answers)
    if FORGET.exists():
        FORGET.write_text("5")  # the kernel's mark of the most memory held starts anew
    began = time.time()
    outcome = ENGINES[job.engine](work)
    ended = time.time()
    peak = most_memory()
    error = error_on_test_set(outcome.network, work) if job.tested else None
    return Measured(outcome.epoch_seconds, began, ended, peak, error)


def most_memory() -> float:
    """The most memory held at a time, in 10⁶ bytes: since the mark was reset, or without one in the process's life."""
    if FORGET.exists():
        marks = dict(line.split(":", 1) for line in STATUS.read_text(encoding="utf-8").splitlines())
        return int(marks["VmHWM"].split()[0]) * 1024 / 1e6
    # elsewhere, macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


@torch.inference_mode()
def error_on_test_set(network: torch.nn.Module, work: Work) -> float:
    """Mean squared error on [0, 1] of the corrupted test images' reconstructions, the same for every engine."""
    generator = torch.Generator().manual_seed(work.seed)
    network.eval()
    total = 0.0
    for part in work.test_images.split(1000):
        targets = to_float(part)
        inputs = work.corruption.apply(targets, generator)
        total += (network(inputs) - targets).square().sum(dtype=torch.float64).item()
    return total / work.test_images.numel()


def matrix_product(times: int) -> float:
    """Operations a second, the median of a few products of square float32 matrices."""
    a, b = torch.rand(2, MATRIX, MATRIX)
    rates = []
    for _ in range(times):
        start = time.perf_counter()
        a @ b
        rates.append(2 * MATRIX**3 / (time.perf_counter() - start))
    return statistics.median(rates)


def _wait_for_the_start(answers: TextIO) -> None:
    print("ready", file=answers, flush=True)
    if not sys.stdin.readline():
        sys.exit("nobody waits for this measurement any more")


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a trainer prints is no answer
    main(Job(**json.loads(sys.argv[1])), own)
