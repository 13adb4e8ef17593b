"""Measurements in processes of their own, one at a time or several that start together."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO

from benchmarks.worker import Timing
from benchmarks.workload import Task
from hourglass.errors import UserError

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def measure(task: Task) -> Timing:
    """Run a task in a process of its own, and return its timing. Raises UserError if the process fails."""
    return measure_together([task])[0]


def measure_together(tasks: Sequence[Task]) -> list[Timing]:
    """Run tasks in parallel processes, which first warm up and then start at the same time. Return their timings."""
    with tempfile.TemporaryFile("w+") as messages:
        processes = [_start(task, messages) for task in tasks]
        try:
            for task, process in zip(tasks, processes, strict=True):
                _read_line(task, process, messages)  # ready
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("start\n")
                process.stdin.flush()
            pairs = zip(tasks, processes, strict=True)
            return [Timing(**json.loads(_read_line(task, process, messages))) for task, process in pairs]
        finally:
            for process in processes:
                process.kill()
                process.communicate()


def _start(task: Task, messages: IO[str]) -> subprocess.Popen[str]:
    environment = os.environ | dict.fromkeys(THREADS, str(task.threads))
    command = [sys.executable, "-m", "benchmarks.worker", json.dumps(asdict(task))]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=messages, text=True, env=environment)


def _read_line(task: Task, process: subprocess.Popen[str], messages: IO[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        messages.seek(0)
        text = messages.read()
        print(text, file=sys.stderr)
        last = text.strip().splitlines()[-1:] or ["no message"]
        raise UserError(f"{task.engine} failed on {task.variant}: {last[0].removeprefix('error: ')}")
    return line
