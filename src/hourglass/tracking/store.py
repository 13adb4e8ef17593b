"""URI, file lock, client and error handling of the MLflow tracking store."""

import os
import re
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import mlflow
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.store.db.db_types import DATABASE_ENGINES

from hourglass.errors import UserError, mask_secrets

PREFIX = "hourglass-"  # of the names of experiments and registered models
TIMEOUT = 10  # seconds
LONGEST_REASON = 300  # characters of an error message

# MLflow's own limits let an unreachable server block for eight minutes
for _name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "PGCONNECT_TIMEOUT"):
    os.environ.setdefault(_name, str(TIMEOUT))
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")

ARTIFACT_COLUMNS = {  # of MLflow's database: the absolute addresses of artifacts
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "storage_location",
}

_failed: set[str] = set()  # addresses that this process no longer uses


def root() -> Path:
    """Return the root folder of the main repository, even in a temporary copy made by `dvc exp run --temp`."""
    return Path(os.environ.get("DVC_ROOT") or ".").resolve()


def uri() -> str:
    """Return the tracking URI in `MLFLOW_TRACKING_URI` or, by default, the URI of `mlflow.db` in the main repository.

    Relative paths of SQLite files are resolved against the main repository, even in a temporary copy made by DVC.
    """
    scheme, mark, path = (os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db").partition(":///")
    is_file = scheme.startswith("sqlite") and not path.startswith(":memory:")
    return f"{scheme}{mark}{root() / path if is_file else path}"


def is_database() -> bool:
    """Return whether the MLflow store is a database that this process opens directly, rather than a server."""
    return uri().partition(":")[0].partition("+")[0] in DATABASE_ENGINES


def artifacts() -> str:
    """Return the URI of the artifact folder. It is used only if the MLflow store is a database rather than a server."""
    return (root() / "mlflow-artifacts").as_uri()


def lock() -> FileLock:
    """Return the file lock that a process must hold while it creates MLflow tables, experiments or runs."""
    return FileLock(root() / "mlflow.db.lock")


def connect() -> MlflowClient:
    """Open the MLflow store, creating the database if necessary, and return a client. Raises UserError on failure."""
    if _is_own(uri()) and re.search("[?%]", str(root())):  # special in the address of a database
        raise UserError(f"MLflow's database cannot be in {root()}: rename the folder to have no ? and no %")
    try:
        return _connect(uri())
    except Exception as error:  # of MLflow, SQLAlchemy, a database driver or a migration
        raise UserError(f"cannot open the MLflow store {mask_secrets(uri())}: {_reason(error)}") from error


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
    """Test the database connection once, because MLflow itself would keep retrying a failed connection for 100 s.

    SQLite is switched to write-ahead logging. If the database was moved together with the repository, its artifact
    URIs are updated. Raises a SQLAlchemy error if opening or locking the database fails.
    """
    import sqlalchemy  # noqa: PLC0415  takes a second, which a server does not need

    is_sqlite = address.startswith("sqlite")
    engine = sqlalchemy.create_engine(address, connect_args={"timeout": TIMEOUT} if is_sqlite else {})
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # readers and a writer do not wait for each other
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            if _is_own(address):
                _follow(connection)
                connection.commit()
    engine.dispose()


def _is_own(address: str) -> bool:
    """Return whether `address` is the URI of a SQLite file directly in the root folder of the main repository."""
    return address.startswith("sqlite") and Path(address.partition(":///")[2]).parent == root()


def _follow(connection: Any) -> None:
    """Update the artifact URIs in a SQLite database that was moved or copied together with the repository."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'logged_models'").first():
        return  # a new database
    query = "SELECT DISTINCT artifact_location FROM experiments WHERE name LIKE ? AND artifact_location != ?"
    for (old,) in connection.exec_driver_sql(query, (f"{PREFIX}%", artifacts())).fetchall():
        for table, column in ARTIFACT_COLUMNS.items():
            update = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"  # noqa: S608
            connection.exec_driver_sql(update, (artifacts(), len(old) + 1, len(old), old))


def experiment_id(client: MlflowClient, name: str) -> str:
    """Return the ID of the MLflow experiment `hourglass-<name>`, creating or restoring the experiment if necessary."""
    with lock():
        experiment = client.get_experiment_by_name(PREFIX + name)
        if experiment is None:
            return client.create_experiment(PREFIX + name, artifacts() if is_database() else None)
        if experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        return experiment.experiment_id


def attempt(name: str, log: Callable[[MlflowClient], str | None]) -> str | None:
    """Call `log` with an MLflow client and return its result, or None if an exception occurs.

    The exception is printed as a one-line warning that mentions `name`. After an exception, all further calls return
    None without calling `log`, unless the tracking URI changes.
    """
    if uri() in _failed:
        return None
    try:
        return log(connect())
    except Exception as error:  # no result depends on MLflow
        _failed.add(uri())
        advice = "continuing without MLflow; `make register` logs the runs of variants later"
        print(f"warning: {name}: {_reason(error)}; {advice}", file=sys.stderr)
        return None


def _reason(error: Exception) -> str:
    text = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    # masked before shortening, which could cut an address
    return textwrap.shorten(mask_secrets(text), LONGEST_REASON, placeholder=" …")
