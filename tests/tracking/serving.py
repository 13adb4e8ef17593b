"""Servers for tests of tracking."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

Process = subprocess.Popen[bytes]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@contextmanager
def server(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> Iterator[Process]:
    """Run a server, and end it with all its workers after the block."""
    variables = environment | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # job runners take 15 s more to start
    process = subprocess.Popen(command, env=variables, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def answer(process: Process, url: str, content: bytes | None = None) -> tuple[int, bytes]:
    """Return the status and the answer of a server that may still be starting. `content` is JSON that is posted."""
    opener = build_opener(ProxyHandler({}))
    request = Request(url, content, {"Content-Type": "application/json"})
    while process.poll() is None:
        try:
            with opener.open(request, timeout=60) as response:
                return response.status, response.read()
        except HTTPError as error:
            return error.code, error.read()
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server has ended")
