"""The best network of every data set and purpose, under a name that stays."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.utils.mlflow_tags import MLFLOW_MODEL_VERSIONS

from hourglass.tracking.runs import MODEL_HASH
from hourglass.tracking.store import PREFIX, connect, experiment_id, found_or_made, place

ALIAS = "best"
COLLAPSED = "compare.collapsed"


@dataclass(frozen=True)
class Goal:
    """What the best network of a purpose is best at: a metric of its run, and which end of it is good.

    same: metrics that a run must have to compete, and their values, e.g. the strength of the noise it met.
    """

    purpose: str
    metric: str
    smallest: bool
    same: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """A version of a registered model: MLflow loads and serves it as `models:/<name>@<alias>`.

    run: the name of the training's run. value: of the goal's metric.
    """

    name: str
    alias: str
    version: int
    run: str
    value: float


def register_best(dataset: str, goal: Goal) -> Registered | None:
    """Give the alias `best` of `hourglass-<data set>-<purpose>` to the best network on record.

    Finished runs compete that carry the metric, were measured alike and have not collapsed; of equals, the latest is
    taken. A network that is a version already is not registered again. None, and no alias, where no run competes.
    """
    where = place()
    client = connect(where)
    experiment = experiment_id(client, where, dataset)
    name = f"{PREFIX}{dataset}-{goal.purpose}"
    with where.lock():  # of two processes, both would register the same network
        return found_or_made(lambda: _register(client, experiment, name, goal))


def _register(client: MlflowClient, experiment: str, name: str, goal: Goal) -> Registered | None:
    best = _best(client, experiment, goal)
    if best is None:
        _withdraw(client, name)
        return None
    run, model = best
    value = run.data.metrics[goal.metric]
    variant = run.data.tags.get("variant", run.info.run_name)
    about = {"variant": variant, "run": run.info.run_name, goal.metric: repr(value)}
    version = _version(client, name, run, model, about)
    # also where it points there already: that costs nothing
    client.set_registered_model_alias(name, ALIAS, version.version)
    return Registered(name, ALIAS, int(version.version), run.info.run_name, value)


def _best(client: MlflowClient, experiment: str, goal: Goal) -> tuple[Run, LoggedModel] | None:
    conditions = ["attributes.status = 'FINISHED'", f"metrics.`{COLLAPSED}` = 0"]
    conditions += [f"metrics.`{name}` = {value!r}" for name, value in goal.same.items()]
    order = [f"metrics.`{goal.metric}` {'ASC' if goal.smallest else 'DESC'}", "attributes.start_time DESC"]
    for run in client.search_runs([experiment], " and ".join(conditions), order_by=order):
        if math.isfinite(run.data.metrics.get(goal.metric, math.nan)) and MODEL_HASH in run.data.tags:
            models = _models(client, experiment, run.info.run_id)
            if models:
                return run, models[0]
    return None


def _models(client: MlflowClient, experiment: str, run_id: str) -> list[LoggedModel]:
    """The networks of a run: none where they or the run were deleted, as can be done in MLflow's pages."""
    if not client.search_runs([experiment], f"attributes.run_id = '{run_id}'"):
        return []
    return list(client.search_logged_models([experiment], f"source_run_id = '{run_id}'"))


def _withdraw(client: MlflowClient, name: str) -> None:
    for registered in client.search_registered_models(f"name = '{name}'"):
        if ALIAS in registered.aliases:
            client.delete_registered_model_alias(name, ALIAS)


def _version(client: MlflowClient, name: str, run: Run, model: LoggedModel, about: Mapping[str, str]) -> ModelVersion:
    """The version that is this network, with what is said of it; made where there is none."""
    digest = run.data.tags[MODEL_HASH]
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    if version := _first(client, name, model.experiment_id, digest):
        for key, text in about.items():
            client.set_model_version_tag(name, version.version, key, text)
        return version
    made = client.create_model_version(
        name, model.artifact_location, run.info.run_id, {MODEL_HASH: digest, **about}, model_id=model.model_id
    )
    version = _first(client, name, model.experiment_id, digest) or made
    if version.version != made.version:  # another machine was first
        client.delete_model_version(name, made.version)
    # by this, MLflow's pages lead from the run to the version; a server has set it itself
    links = json.loads(model.tags.get(MLFLOW_MODEL_VERSIONS, "[]"))
    links.append({"name": name, "version": version.version})
    client.set_logged_model_tags(model.model_id, {MLFLOW_MODEL_VERSIONS: json.dumps(links)})
    return version


def _first(client: MlflowClient, name: str, experiment: str, digest: str) -> ModelVersion | None:
    """The earliest version that is this network, and whose run is still there.

    MLflow counts versions up one by one, so that all machines find the same.
    """
    found = client.search_model_versions(f"name = '{name}' and tags.`{MODEL_HASH}` = '{digest}'")
    there = [version for version in found if _models(client, experiment, version.run_id or "")]
    return min(there, key=lambda version: int(version.version), default=None)
