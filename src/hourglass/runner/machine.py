"""How many stages this machine can run at a time, and how much memory it has."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from hourglass.errors import UserError

STAGE_GB = 1.7
"""What one stage may take at its peak. Measured as the kernel counts a process, libraries included, on Fashion-MNIST:
evaluate at most 1.64, baselines 1.47, trainings and latent-analysis at most 1.39, also after 60 epochs."""
_CGROUP = Path("/sys/fs/cgroup")  # of the container that this runs in, where there is one


@dataclass(frozen=True)
class Machine:
    """cores: that this process may use. memory_gb: that is free, in 1e9 bytes."""

    cores: int
    memory_gb: float

    @classmethod
    def this(cls) -> "Machine":
        return cls(_cores(), _memory() / 1e9)

    def jobs(self, requested: int | None = None, threads: int = 1) -> tuple[int, str]:
        """Stages to run at a time, a core for each of their threads, and why. Raises UserError for less than one."""
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        if threads > 1:
            cores += f", {threads} threads a training"
        free = f"{self.memory_gb:.0f} GB of memory free"
        if requested is not None:
            if requested < 1:
                raise UserError(f"JOBS is {requested}, but at least one stage has to run at a time")
            return requested, f"{_stages(requested)} at a time, as JOBS says: {cores}, {free}"
        bearable, fitting = max(1, self.cores // threads), max(1, int(self.memory_gb / STAGE_GB))
        if fitting < bearable:
            return fitting, f"{_stages(fitting)} at a time: {cores}, but {free} and a stage can take {STAGE_GB} GB"
        return bearable, f"{_stages(bearable)} at a time: {cores}, {free}"


def _stages(number: int) -> str:
    return f"{number} stage{'s' if number > 1 else ''}"


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _setting("cpu.max").partition(" ")
    return max(1, min(usable, int(quota) // int(period))) if quota.isdigit() else usable


def _memory() -> int:
    """Bytes that new processes can take without swapping."""
    free = int(psutil.virtual_memory().available)
    limit = _setting("memory.max")
    if not limit.isdigit():
        return free
    # files that are cached make room; what processes hold does not
    held = int(dict(line.split() for line in _setting("memory.stat").splitlines()).get("anon", 0))
    return min(free, int(limit) - held)


def total_memory() -> int:
    """Bytes that all processes together may hold, swapping aside."""
    limit = _setting("memory.max")
    total = int(psutil.virtual_memory().total)
    return min(total, int(limit)) if limit.isdigit() else total


def _setting(name: str) -> str:
    """A file of Linux's control groups; empty where there is none, as on other systems or outside a container."""
    file = _CGROUP / name
    return file.read_text(encoding="ascii").strip() if file.exists() else ""
