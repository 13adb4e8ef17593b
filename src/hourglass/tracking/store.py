"""Address, file lock and client of the MLflow store; what happens if it fails."""

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, unquote

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.store.db.db_types import DATABASE_ENGINES

from hourglass.errors import UserError

PREFIX = "hourglass-"  # of the names of experiments and registered models
TIMEOUT = 10  # seconds
LONGEST_REASON = 300  # characters of an error message

# MLflow's own limits let an unreachable server block for eight minutes
for _name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "PGCONNECT_TIMEOUT"):
    os.environ.setdefault(_name, str(TIMEOUT))
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")

Result = TypeVar("Result")


class UnreachableError(UserError):
    """The MLflow store cannot be opened."""


def root() -> Path:
    """Return the root of the main repository, also in the copies that `dvc exp run --temp` makes."""
    return Path(os.environ.get("DVC_ROOT") or ".").resolve()


def uri() -> str:
    """Return `MLFLOW_TRACKING_URI` if set, else the address of `mlflow.db` at the root of the main repository."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root() / 'mlflow.db'}"


def is_database() -> bool:
    """Return whether MLflow opens a database in this process instead of asking a server."""
    return uri().partition(":")[0].partition("+")[0] in DATABASE_ENGINES


def artifacts() -> Path:
    """Return the folder for artifacts if the store is a database; a server has its own."""
    return root() / "mlflow-artifacts"


def lock() -> FileLock:
    """Return the lock that one process of this machine holds while it creates tables, experiments or runs."""
    return FileLock(root() / "mlflow.db.lock")


def connect() -> MlflowClient:
    """Return a client of the store; create a missing database.

    Raises:
        UnreachableError: The store cannot be opened.
    """
    try:
        return _connect(uri())
    except Exception as error:  # of MLflow, SQLAlchemy, a database driver or a migration
        raise UnreachableError(mask_password(f"cannot open the MLflow store {uri()}: {_reason(error)}")) from error


@cache
def _connect(address: str) -> MlflowClient:
    with lock():
        if is_database():
            _check_database(address)
        mlflow.set_tracking_uri(address)
        client = MlflowClient(address)
        client.search_experiments(max_results=1)
    return client


def _check_database(address: str) -> None:
    """Connect once, as MLflow would retry for 100 s; switch SQLite to WAL and raise if it stays locked."""
    import sqlalchemy  # noqa: PLC0415  takes a second, which a server does not need

    is_sqlite = address.startswith("sqlite")
    engine = sqlalchemy.create_engine(address, connect_args={"timeout": TIMEOUT} if is_sqlite else {})
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # readers and a writer do not wait for each other
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    engine.dispose()


def experiment_id(client: MlflowClient, name: str) -> str:
    """Return the id of the experiment `hourglass-<name>`; create it if it is missing, restore it if deleted."""
    with lock():
        experiment = client.get_experiment_by_name(PREFIX + name)
        if experiment is None:
            location = artifacts().as_uri() if is_database() else None
            return client.create_experiment(PREFIX + name, artifact_location=location)
        if experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        return experiment.experiment_id


_failed: set[str] = set()  # addresses that this process no longer uses


def attempt(name: str, log: Callable[[MlflowClient], Result]) -> Result | None:
    """Call `log` with a client; if it fails, warn in one line and ignore all later calls with the same store.

    Args:
        name: Run to name in the warning.
        log: Function that logs something.

    Returns:
        The result of `log`, or None if the store fails or has failed in this process.
    """
    if uri() in _failed:
        return None
    try:
        return log(connect())
    except Exception as error:  # no result depends on MLflow
        _failed.add(uri())
        advice = "continuing without MLflow; `make register` logs the runs of variants later"
        print(f"warning: {name}: {mask_password(_reason(error))}; {advice}", file=sys.stderr)
        return None


def mask_password(text: str) -> str:
    """Replace the password in the store's address by `***` wherever it occurs in `text`."""
    user, _, query = uri().partition("://")[2].rpartition("@")[0], *uri().partition("?")[1:]
    for password in (user.partition(":")[2], *parse_qs(query).get("password", [])):
        for form in filter(None, (password, unquote(password))):
            text = text.replace(form, "***")
    return text


def _reason(error: Exception) -> str:
    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:LONGEST_REASON]
