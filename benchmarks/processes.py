"""Measurements in processes of their own: one at a time, or several that start together."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO

from benchmarks.work import Job
from benchmarks.worker import RATE, Measured
from hourglass.errors import UserError

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def measured(job: Job) -> Measured:
    """What one job came to. Raises UserError, after its own messages, where its process failed."""
    return together([job])[0]


def together(jobs: Sequence[Job]) -> list[Measured]:
    """What jobs came to that ran at the same time: all warm up, then all start at once."""
    with tempfile.TemporaryFile("w+") as messages:
        processes = [_started(job, messages) for job in jobs]
        try:
            for job, process in zip(jobs, processes, strict=True):
                _line(job, process, messages)  # ready
            for process in processes:
                _input(process).write("start\n")
                _input(process).flush()
            pairs = zip(jobs, processes, strict=True)
            return [Measured(**json.loads(_line(job, process, messages))) for job, process in pairs]
        finally:
            for process in processes:
                process.kill()
                process.communicate()


def rate(threads: int) -> float:
    """float32 operations a second of a large matrix product on so many threads."""
    found = measured(Job(RATE, "", 0, threads)).rate
    assert found is not None
    return found


def _started(job: Job, messages: IO[str]) -> subprocess.Popen[str]:
    environment = os.environ | dict.fromkeys(THREADS, str(job.threads))
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps(asdict(job))]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=messages, text=True, env=environment)


def _input(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdin is not None
    return process.stdin


def _line(job: Job, process: subprocess.Popen[str], messages: IO[str]) -> str:
    """The next line that a process answers with."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        messages.seek(0)
        said = messages.read()
        print(said, file=sys.stderr)
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        raise UserError(f"{job.engine} could not train {job.variant}: {last[0].removeprefix('error: ')}")
    return line
