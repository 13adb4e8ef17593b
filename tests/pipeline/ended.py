"""Whether a process that was told to end has done so."""

import time

import psutil

PATIENCE = 5  # seconds; a killed process closes its files some milliseconds before it is gone


def has_ended(process: int) -> bool:
    """Whether it is gone or a zombie, or becomes so within `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while not (ended := _has_ended_now(process)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return ended


def _has_ended_now(process: int) -> bool:
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
