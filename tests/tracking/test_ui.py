"""Test MLflow's pages."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil
import pytest

from hourglass.tracking import __main__ as ui


@pytest.mark.slow
def test_the_pages_are_served_on_this_machine_alone_and_end_with_their_process(root: Path) -> None:
    with socket.create_server((ui.HOST, 0)) as free:
        port = str(free.getsockname()[1])
    variables = os.environ | {"PYTHONPATH": str(Path(ui.__file__).parents[2]), "PORT": port, "MLFLOW_HOST": "0.0.0.0"}
    process = subprocess.Popen([sys.executable, "-m", "hourglass.tracking"], env=variables, stdout=subprocess.PIPE)
    try:
        opener, page = build_opener(ProxyHandler({})), b""
        while not page and process.poll() is None:
            try:
                with opener.open(f"http://{ui.HOST}:{port}/", timeout=60) as answer:
                    page = answer.read()
            except (URLError, ConnectionError):
                time.sleep(0.2)
        assert b"MLflow" in page
        family = psutil.Process(process.pid).children(recursive=True)
        connections = [connection for member in family for connection in member.net_connections()]
        listening = {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    finally:
        process.terminate()
        process.communicate(timeout=60)
    psutil.wait_procs(family, timeout=10)
    assert not [member for member in family if member.is_running()]
