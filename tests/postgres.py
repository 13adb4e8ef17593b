"""PostgreSQL, as Debian has it, in a folder of its own and on this machine alone, while a test needs it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving import free_port

PACKAGED = Path("/usr/lib/postgresql")  # Debian does not put it on the PATH
ACCOUNT = "mlflow"


def _program(name: str) -> str:
    places = sorted(PACKAGED.glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, reversed(places))))
    if found is None:
        pytest.fail("these tests need PostgreSQL, which is not installed: try `apt-get install postgresql`")
    return found


@contextmanager
def postgres(*databases: str) -> Iterator[dict[str, str]]:
    """A server with these databases, empty; where it is, in the words that libpq reads from the environment."""
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(free_port()), "PGUSER": ACCOUNT}
    # it refuses to run as root; the package has made this user
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    initdb, control, createdb = map(_program, ("initdb", "pg_ctl", "createdb"))
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if user:
            shutil.chown(folder, "postgres", "postgres")

        def run(*command: str) -> None:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=os.environ | where, **user)

        data = f"{folder}/data"
        run(initdb, "--pgdata", data, "--username", ACCOUNT, "--auth", "trust", "--no-sync")
        options = f"-p {where['PGPORT']} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run(control, "start", "--wait", "--pgdata", data, "--log", f"{folder}/log", "--options", options)
        try:
            for database in databases:
                run(createdb, database)
            yield where
        finally:
            run(control, "stop", "--mode", "immediate", "--pgdata", data)
