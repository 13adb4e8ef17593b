"""Execution of sweep jobs with Ray, on this machine or on the cluster at RAY_ADDRESS.

The module uses Ray Core instead of Ray Tune, because the sweep needs no search or early stopping, and Tune requires a
folder shared by all machines. Each task streams its epochs to the driver. If a worker is lost, another worker resumes
the job after the last streamed epoch.
"""

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry; Ray reads this on import

import ray
from ray.exceptions import RayError, RayTaskError

from hourglass.errors import UserError
from hourglass.settings.grids import Resources
from hourglass.sweep.job import Epoch, Evaluated, Job, SweepImages, execute

PACKAGE = Path(__file__).resolve().parents[1]
OBJECT_STORE_BYTES = 512 * 2**20  # shared memory of a local Ray: the images
WAIT_SECONDS = 1.0
QUEUED = 8  # jobs beyond the free cores, so that no worker idles and a cluster scales up


@dataclass(frozen=True)
class Failure:
    """Failure of a job that ended without a result. If `retry` is true, the job is queued again."""

    reason: str
    retry: bool


Event = Epoch | Evaluated | Failure


@contextmanager
def connect(resources: Resources, jobs: int) -> Iterator[str]:
    """Connect to the Ray cluster at RAY_ADDRESS or start Ray on this machine. Yield a description of Ray's resources.

    Args:
        resources: CPUs and GPUs per job.
        jobs: number of jobs to run at a time if Ray is started on this machine.

    Raises:
        UserError: if Ray cannot connect or start, or if this machine has too few GPUs.
    """
    address = os.environ.get("RAY_ADDRESS")
    # the code travels with the job; Ray does not hide GPUs from a task that requests none
    environment = {} if resources.gpus else {"CUDA_VISIBLE_DEVICES": ""}
    code = {"py_modules": [str(PACKAGE)], "excludes": ["__pycache__"], "env_vars": environment}
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error", "runtime_env": code}
    if not address:
        options |= {"num_cpus": jobs * resources.cpus, "object_store_memory": OBJECT_STORE_BYTES}
        options["include_dashboard"] = False
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=address or "local", **options)
    except Exception as error:  # Ray raises bare exceptions, too
        problem = f"there is no Ray cluster at RAY_ADDRESS={address}" if address else "Ray cannot start"
        raise UserError(f"{problem} ({' '.join(str(error).split())})") from error
    try:
        signal.signal(signal.SIGTERM, handler)  # Ray's own handler would exit without cleaning up
        cpus, gpus = _capacity("CPU"), _capacity("GPU")
        if not address and gpus < resources.gpus:
            raise UserError(f"sweep.resources.gpus is {resources.gpus:g}, but Ray finds {gpus:g} GPUs; set it to 0")
        nodes = sum(node["Alive"] for node in ray.nodes())
        where = f"the Ray cluster at {address}, {nodes} nodes" if address else "this machine"
        yield f"{where}: {cpus:g} CPUs, {gpus:g} GPUs"
    finally:
        ray.shutdown()


def run(
    keys: Sequence[str],
    job: Callable[[str], Job],
    images: Mapping[str, SweepImages],
    resources: Resources,
    retries: int,
) -> Iterator[tuple[str, Event]]:
    """Run jobs until each has finished or failed. Yield tuples (job key, event).

    An event is a finished epoch, the result of the job, or a failure.

    Args:
        keys: keys of the jobs, in starting order.
        job: function that returns the job for a key. It is called each time the job is submitted to Ray.
        images: sweep images, keyed by data set.
        resources: CPUs and GPUs per job.
        retries: maximum number of restarts per job. The count is reset after each finished epoch.
    """
    data = {name: ray.put(dataset) for name, dataset in images.items()}
    task = ray.remote(num_cpus=resources.cpus, num_gpus=resources.gpus, max_retries=0, num_returns="streaming")(execute)
    waiting, losses, running = deque(keys), Counter[str](), dict[Any, str]()
    while waiting or running:
        while waiting and len(running) < _capacity("CPU") // resources.cpus + QUEUED:
            key = waiting.popleft()
            next_job = job(key)
            running[task.remote(next_job, data[next_job.dataset])] = key
        ready: list[Any] = ray.wait(list(running), timeout=WAIT_SECONDS)[0]
        for stream in ready:
            key, event = running[stream], _next(stream)
            if isinstance(event, Epoch):
                del losses[key]
            if isinstance(event, Failure):
                losses[key] += 1
                event = Failure(event.reason, event.retry and losses[key] <= retries)
                waiting.extendleft([key] if event.retry else [])
            if isinstance(event, Evaluated | Failure):
                del running[stream]
            yield key, event


def _next(stream: Any) -> Event:
    try:
        return ray.get(next(stream))
    except StopIteration:
        return Failure("the worker ended without a result", retry=False)
    except RayTaskError as error:
        if isinstance(error.cause, UserError):  # would be raised again
            return Failure(str(error.cause), retry=False)
        return Failure(f"{type(error.cause).__name__}: {error.cause}", retry=True)
    except RayError as error:
        return Failure(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}", retry=True)


def _capacity(kind: str) -> float:
    """Return the total amount of a resource, such as `CPU` or `GPU`, on all live nodes."""
    return float(ray.cluster_resources().get(kind, 0))
