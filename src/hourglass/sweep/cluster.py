"""Ray: where the workers are, how they get code and data, and what is done when one is lost.

Ray Core's tasks, not Ray Tune: nothing is searched for or stopped early, and Tune wants a folder that all machines
share, for a record of its own. A task yields every epoch to the driver, which keeps it: so a training that loses its
machine goes on from its last epoch on another.
"""

import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read while ray is imported: nobody is told of what runs here

import ray
from ray.exceptions import RayError, RayTaskError

from hourglass.errors import UserError
from hourglass.settings.grids import Resources
from hourglass.sweep.data import Packed, SweepImages
from hourglass.sweep.work import Epoch, Found, Order, Step, work

PACKAGE = Path(__file__).resolve().parents[1]
MEGABYTE = 2**20
OBJECTS = 512 * MEGABYTE  # of the store in shared memory where Ray runs inside this process alone
WAIT_SECONDS = 1.0
SILENT_SECONDS = 30.0  # until it is said that no worker has begun
AHEAD = 8  # trainings that wait in line, so that none of the workers does and a cluster sees that it should grow


@dataclass(frozen=True)
class Started:
    """A worker has begun."""


@dataclass(frozen=True)
class Lost:
    """A worker has ended before its time, and another will go on."""

    why: str


@dataclass(frozen=True)
class Failed:
    """There will be no result."""

    why: str


Event = Step | Started | Lost | Failed


@contextmanager
def connected(resources: Resources, jobs: int) -> Iterator[str]:
    """A connection to the cluster at RAY_ADDRESS; without one, to workers of this machine. Yields which, in words.

    resources: of one training. jobs: how many at a time on this machine. Raises UserError where there is no cluster, or
    where this machine has not what one training wants.
    """
    common: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": "error",
        # the workers' code travels with the job: no folder is shared
        "runtime_env": {
            "py_modules": [str(PACKAGE)],
            "excludes": ["__pycache__"],
            # Ray itself hides no GPU from what asks for none
            "env_vars": {} if resources.gpus else {"CUDA_VISIBLE_DEVICES": ""},
        },
    }
    address = os.environ.get("RAY_ADDRESS")
    handler = signal.getsignal(signal.SIGTERM)
    try:
        if address:
            ray.init(address=address, **common)
        else:
            ray.init(
                address="local",
                num_cpus=jobs * resources.cpus,
                include_dashboard=False,
                object_store_memory=OBJECTS,
                **common,
            )
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = f"RAY_ADDRESS is {address}, but no cluster" if address else "Ray cannot be started"
        raise UserError(f"{where} ({' '.join(str(error).split())})") from error
    try:
        signal.signal(signal.SIGTERM, handler)  # Ray's own ends the process where it stands
        nodes, cpus, gpus = sum(node["Alive"] for node in ray.nodes()), _there("CPU"), _there("GPU")
        if not address and gpus < resources.gpus:
            raise UserError(
                f"sweep.resources.gpus is {resources.gpus:g}, but Ray finds {gpus:g} GPUs here; set it to 0"
            )
        there = f"{cpus:g} CPUs, {gpus:g} GPUs"
        yield f"the Ray cluster at {address}: {nodes} nodes, {there} now" if address else f"this machine: {there}"
    finally:
        ray.shutdown()


def run(
    orders: Mapping[str, tuple[str, Callable[[], Order]]],
    images: Mapping[str, SweepImages],
    resources: Resources,
    retries: int,
) -> Iterator[tuple[str, Event]]:
    """Have all orders carried out; yields what happens, with the order's key, until each has ended or failed.

    orders: by key, the data set and what gives the order as it stands when a worker is to begin. images: by data set.
    """
    data = {name: ray.put(found.packed()) for name, found in images.items()}
    task = ray.remote(num_cpus=resources.cpus, num_gpus=resources.gpus, max_retries=0, num_returns="streaming")(_task)
    waiting, lost = deque(orders), Counter[str]()
    running: dict[Any, str] = {}
    silent_since: float | None = time.monotonic()
    while waiting or running:
        while waiting and len(running) < _there("CPU") // resources.cpus + AHEAD:
            key = waiting.popleft()
            dataset, order = orders[key]
            running[task.remote(order(), data[dataset])] = key
        ready: list[Any] = ray.wait(list(running), timeout=WAIT_SECONDS)[0]
        if ready:
            silent_since = None
        elif silent_since is not None and time.monotonic() - silent_since > SILENT_SECONDS:
            there = f"{_there('CPU'):g} CPUs, {_there('GPU'):g} GPUs on all nodes together"
            print(f"waiting for a node with {resources.cpus} CPUs and {resources.gpus:g} GPUs: now {there}", flush=True)
            silent_since = time.monotonic()
        for stream in ready:
            key = running[stream]
            try:
                event: Event = ray.get(next(stream))
            except StopIteration:
                del running[stream]
                yield key, Failed("its worker ended without a result")
            except RayError as error:
                del running[stream]
                lost[key] += 1
                # what the training itself refuses, it would refuse again
                if _refused(error) or lost[key] > retries:
                    yield key, Failed(_in_words(error))
                else:
                    yield key, Lost(_in_words(error))
                    waiting.appendleft(key)
            else:
                if isinstance(event, Epoch):
                    del lost[key]  # it gets on: what was lost before does not count against it
                if isinstance(event, Found):
                    del running[stream]  # that is all: how its process ends makes no difference any more
                yield key, event


def _task(order: Order, packed: Packed) -> Iterator[Event]:
    yield Started()
    yield from work(order, packed.unpacked())


def _there(what: str) -> float:
    """How much of it all nodes have that are there now."""
    return float(ray.cluster_resources().get(what, 0))


def _refused(error: RayError) -> bool:
    return isinstance(error, RayTaskError) and isinstance(error.cause, UserError)


def _in_words(error: RayError) -> str:
    if isinstance(error, RayTaskError):
        return str(error.cause) if _refused(error) else f"{type(error.cause).__name__}: {error.cause}"
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
