"""Other processes: one that trains the same variant, and the DVC process that started this one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout


@contextmanager
def exclusive(variant: str, folder: Path) -> Iterator[None]:
    """Hold the lock of a variant; wait if another process trains it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{variant}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"{variant}: waiting for another process that trains it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def parent_dvc() -> psutil.Process | None:
    """Return the DVC process that started this one, or None."""
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            if any(Path(argument).name == "dvc" for argument in process.cmdline()[:3]):
                return process
    return None


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended, even if its parent has not collected its exit code."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
