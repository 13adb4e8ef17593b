"""Where MLflow's records are, and how several processes, and several machines, open them at once."""

import os
import re
import sqlite3
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import DATABASE_ENGINES

from hourglass.errors import UserError

PREFIX = "hourglass-"
SGD = "sgd"  # the kind of trainings whose losses are of a part of the images, and of no variant
ATTEMPTS = 3  # a registration makes two things that another machine may make in between
MADE_BY_ANOTHER = {"RESOURCE_ALREADY_EXISTS", "RESOURCE_DOES_NOT_EXIST", "BAD_REQUEST"}  # in MLflow's words

# a server that does not answer is given up after seconds, not MLflow's eight minutes; it reads these when it asks
GIVEN_UP = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "PGCONNECT_TIMEOUT": "10"}
for _name, _value in GIVEN_UP.items():
    os.environ.setdefault(_name, _value)

Found = TypeVar("Found")


class UnreachableError(UserError):
    """MLflow's records cannot be opened."""


@dataclass(frozen=True)
class Place:
    """Where the records are: `uri` for MLflow; `database` is the file, None where the user chose it."""

    root: Path
    uri: str
    database: Path | None

    def lock(self) -> FileLock:
        """For what only one process at a time may do: making the tables, finding a run or else opening it.

        It holds on this machine, in this folder; for others at the same server, see `found_or_made`.
        """
        return FileLock(self.root / "mlflow.db.lock")

    @property
    def is_database(self) -> bool:
        """Whether MLflow opens a database itself, here, and asks no server."""
        return self.uri.partition(":")[0].partition("+")[0] in DATABASE_ENGINES

    @property
    def artifacts(self) -> Path:
        """The folder of pictures and models that belongs to a database; a server has its own."""
        return self.root / "mlflow-artifacts"


def place() -> Place:
    """`MLFLOW_TRACKING_URI` where set, else `mlflow.db` at the root of the main repository."""
    # in the copies that `dvc exp run --temp` makes, DVC_ROOT names the repository they were copied from
    root = Path(os.environ.get("DVC_ROOT") or ".").resolve()
    if uri := os.environ.get("MLFLOW_TRACKING_URI"):
        return Place(root, uri, None)
    return Place(root, f"sqlite:///{root / 'mlflow.db'}", root / "mlflow.db")


def connect(where: Place) -> MlflowClient:
    """A client for the records, made where they are missing. Raises UnreachableError where that cannot be."""
    try:
        with where.lock():
            if where.database is not None:
                with closing(sqlite3.connect(where.database)) as database:
                    # so that readers and a writer in several processes do not wait for each other
                    database.execute("PRAGMA journal_mode=WAL")
            elif where.is_database:
                # a second to import, which a server does not cost
                from mlflow.store.db.utils import create_sqlalchemy_engine  # noqa: PLC0415

                # MLflow itself would try for 100 s
                engine = create_sqlalchemy_engine(where.uri)
                engine.connect().close()
                engine.dispose()
            client = _client(where.uri)
            client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, its database's driver, migrations, addresses that are none
        raise UnreachableError(
            without_passwords(
                f"MLflow's records at {where.database or where.uri} cannot be opened ({error}); "
                "mend that, or set MLFLOW_TRACKING_URI to another place"
            )
        ) from error
    return client


def without_passwords(text: str) -> str:
    """For messages: the text, without the passwords that addresses in it may have."""
    return re.sub(r"(://[^\s:@/]*):[^\s@/]*@", r"\1:***@", text)


def _client(uri: str) -> MlflowClient:
    with warnings.catch_warnings():
        # between MLflow and SQLAlchemy; nothing here can mend it
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        return MlflowClient(uri)


def found_or_made(work: Callable[[], Found]) -> Found:
    """Do what finds something or else makes it, again where that fails.

    Another machine at the same server knows nothing of this one's lock: what it has made in between makes this fail
    once, and is found then.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except MlflowException as error:
            if error.error_code not in MADE_BY_ANOTHER:
                raise
    return work()


def experiment_id(client: MlflowClient, where: Place, dataset: str) -> str:
    """The experiment of a data set, made where it is missing and restored where it was deleted."""

    def find_or_make() -> str:
        name = f"{PREFIX}{dataset}"
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            location = where.artifacts.as_uri() if where.is_database else None
            return str(client.create_experiment(name, artifact_location=location))
        if experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
        return str(experiment.experiment_id)

    with where.lock():
        return found_or_made(find_or_make)


def experiments(client: MlflowClient) -> list[Experiment]:
    """Every experiment of this project."""
    return list(client.search_experiments(ViewType.ACTIVE_ONLY, filter_string=f"name LIKE '{PREFIX}%'"))
