"""Which processes a training has to do with: another one that trains the same, and DVC, which started it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout


@contextmanager
def alone(variant: str, folder: Path) -> Iterator[None]:
    """While it lasts, no other process is in such a block of the same variant and folder; waits for one that is."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{variant}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"{variant}: another process trains it here; waiting until that has ended", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


class Parent:
    """The DVC process above this one, where there is one.

    A training that outlives it goes on for nobody, and writes to the same files as the one that DVC starts next.
    """

    def __init__(self) -> None:
        self._dvc = next((process for process in psutil.Process().parents() if _is_dvc(process)), None)

    def gone(self) -> bool:
        """Whether there was one and it has ended."""
        if self._dvc is None:
            return False
        try:
            return not self._dvc.is_running() or self._dvc.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True


def _is_dvc(process: psutil.Process) -> bool:
    try:
        return any(Path(argument).name == "dvc" for argument in process.cmdline()[:3])
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False
