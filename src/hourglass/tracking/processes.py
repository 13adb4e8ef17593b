"""Which process a run belongs to, and what becomes of the run when that process is ended."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psutil
from mlflow import MlflowClient
from mlflow.entities import Run

from hourglass.tracking.store import experiments

HOST, PID, STARTED = "hourglass.host", "hourglass.pid", "hourglass.process_started"
CLOCK_TOLERANCE = 2.0  # seconds: a process's age is counted from the boot time, which follows clock corrections


def process_tags() -> dict[str, str]:
    """Tags by which another process can tell whether this one still lives."""
    process = psutil.Process()
    return {HOST: socket.gethostname(), PID: str(process.pid), STARTED: repr(process.create_time())}


def reap(client: MlflowClient) -> None:
    """Set this machine's runs that are RUNNING although their process is gone to KILLED."""
    found = [experiment.experiment_id for experiment in experiments(client)]
    if not found:
        return
    mine = f"attributes.status = 'RUNNING' and tags.`{HOST}` = '{socket.gethostname()}'"
    for run in client.search_runs(found, mine):
        if not _alive(run):
            client.set_terminated(run.info.run_id, "KILLED", end_time=_last_sign_of_life(client, run))


def _alive(run: Run) -> bool:
    try:
        process = psutil.Process(int(run.data.tags[PID]))
        same = abs(process.create_time() - float(run.data.tags[STARTED])) < CLOCK_TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except (psutil.NoSuchProcess, KeyError, ValueError):
        return False


def _last_sign_of_life(client: MlflowClient, run: Run) -> int:
    """Milliseconds: without it, a training killed last week would seem to have run until now."""
    history = [m for name in list(run.data.metrics)[:1] for m in client.get_metric_history(run.info.run_id, name)]
    return max((metric.timestamp for metric in history), default=run.info.start_time)


def _exit(number: int, _frame: FrameType | None) -> None:
    # a second signal must not interrupt the noting down of the first
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextmanager
def signals_raise() -> Iterator[None]:
    """Within the block, SIGTERM and a closed terminal raise SystemExit: what has to be cleaned up is."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    numbers = [signal.SIGTERM] + ([signal.SIGHUP] if os.name == "posix" else [])
    # what is ignored stays ignored, which is how nohup works; and a stage has its own way to end
    before = {n: handler for n in numbers if (handler := signal.getsignal(n)) == signal.SIG_DFL}
    for number in before:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def status_after(error: BaseException) -> str:
    """What a run that ended with this exception is called: KILLED from outside, or FAILED by itself."""
    signalled = isinstance(error, SystemExit) and isinstance(error.code, int) and error.code > 128
    return "KILLED" if signalled or isinstance(error, KeyboardInterrupt) else "FAILED"
