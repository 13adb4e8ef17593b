"""CPU cores and memory that are available to pipeline stages."""

import os
import re
from pathlib import Path

import psutil
import torch

from hourglass.errors import UserError
from hourglass.settings.params import Hardware

STAGE_GB = 1.7  # peak resident memory of one stage on Fashion-MNIST (evaluate), in 1e9 bytes
_CGROUP = Path("/sys/fs/cgroup")  # limits of the container, if there is one


def jobs(requested: int | None = None, threads: int = 1) -> tuple[int, str]:
    """Return the number of stages or jobs to run at a time, and a one-line explanation.

    Args:
        requested: number chosen by the user, or None to derive it from the available cores and free memory.
        threads: number of CPU threads per stage.

    Raises:
        UserError: if `requested` is less than one.
    """
    available, free_gb = cores(), _free_memory() / 1e9
    reason = f"{available} core(s), {free_gb:.0f} GB of memory free"
    if requested is None:
        number = max(1, min(available // threads, int(free_gb / STAGE_GB)))
        return number, f"{number} stage(s) at a time: {reason}"
    if requested < 1:
        raise UserError(f"JOBS is {requested}; must be at least 1")
    return requested, f"{requested} stage(s) at a time, as requested: {reason}"


def requested_jobs(text: str) -> int:
    """Parse `JOBS`, the number of stages or jobs to run at a time. Raises UserError if it is not an integer."""
    if not re.fullmatch(r"-?[0-9]+", text):
        raise UserError(f"JOBS is {text!r}; must be an integer, such as 2")
    return int(text)


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _cgroup("cpu.max").partition(" ")
    return max(1, min(usable, int(quota) // int(period))) if quota.isdigit() else usable


def hardware() -> Hardware:
    """Return the memory of this machine or, if larger, of its GPU in bytes, and whether a CUDA GPU is available.

    The memory of the machine excludes swap. In a container, it is at most the container's limit.
    """
    limit, total = _cgroup("memory.max"), int(psutil.virtual_memory().total)
    memory, gpu = min(total, int(limit)) if limit.isdigit() else total, torch.cuda.is_available()
    return Hardware(max(memory, torch.cuda.get_device_properties(0).total_memory if gpu else 0), gpu)


def _free_memory() -> int:
    free, limit = int(psutil.virtual_memory().available), _cgroup("memory.max")
    if not limit.isdigit():
        return free
    # cached files can be dropped, memory of processes cannot
    used = int(dict(line.split() for line in _cgroup("memory.stat").splitlines()).get("anon", 0))
    return min(free, int(limit) - used)


def _cgroup(name: str) -> str:
    file = _CGROUP / name
    return file.read_text(encoding="ascii").strip() if file.exists() else ""
