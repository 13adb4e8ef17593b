"""Where MLflow's records are, and how several processes open them at once."""

import os
import sqlite3
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType

from hourglass.errors import UserError

PREFIX = "hourglass-"
SGD = "sgd"  # the kind of trainings whose losses are of a part of the images, and of no variant

# a server that does not answer is given up after seconds, not MLflow's eight minutes; it reads these when it asks
for _name, _value in (("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1"), ("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")):
    os.environ.setdefault(_name, _value)


class UnreachableError(UserError):
    """MLflow's records cannot be opened."""


@dataclass(frozen=True)
class Place:
    """Where the records are: `uri` for MLflow; `database` is the file, None where the user chose it."""

    root: Path
    uri: str
    database: Path | None

    def lock(self) -> FileLock:
        """For what only one process at a time may do: making the tables, finding a run or else opening it."""
        return FileLock(self.root / "mlflow.db.lock")

    @property
    def artifacts(self) -> Path:
        """The folder of pictures and models that belongs to `database`."""
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
            client = _client(where.uri)
            client.search_experiments(max_results=1)
    except Exception as error:  # of MLflow, its database's driver, migrations, addresses that are none
        raise UnreachableError(
            f"MLflow's records at {where.database or where.uri} cannot be opened ({error}); "
            "mend that, or set MLFLOW_TRACKING_URI to another place"
        ) from error
    return client


def _client(uri: str) -> MlflowClient:
    with warnings.catch_warnings():
        # between MLflow and SQLAlchemy; nothing here can mend it
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        return MlflowClient(uri)


def experiment_id(client: MlflowClient, where: Place, dataset: str) -> str:
    """The experiment of a data set, made where it is missing and restored where it was deleted."""
    name = f"{PREFIX}{dataset}"
    with where.lock():
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            location = where.artifacts.as_uri() if where.database is not None else None
            return str(client.create_experiment(name, artifact_location=location))
        if experiment.lifecycle_stage != "active":
            client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)


def experiments(client: MlflowClient) -> list[Experiment]:
    """Every experiment of this project."""
    return list(client.search_experiments(ViewType.ACTIVE_ONLY, filter_string=f"name LIKE '{PREFIX}%'"))
