"""Whether a process has ended."""

import time

import psutil

PATIENCE = 5  # seconds; a killed process closes its files some milliseconds before it is gone


def has_ended(process: int) -> bool:
    """Return whether a process is gone or a zombie, or becomes so within `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False
