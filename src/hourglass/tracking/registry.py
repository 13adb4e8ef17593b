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
from hourglass.tracking.store import PREFIX, connect, experiment_id, place

ALIAS = "best"
COLLAPSED = "compare.collapsed"


@dataclass(frozen=True)
class Goal:
    """What the best network of a purpose is best at: a metric of its run, and which end of it is good.

    same: parameters that a run must have to compete, and their values, e.g. the strength of the noise it met.
    """

    purpose: str
    metric: str
    smallest: bool
    same: Mapping[str, str] = field(default_factory=dict)


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

    Finished runs compete that carry the metric and the shared parameters and have not collapsed; of equals, the
    latest is taken. A network that is a version already is not registered again. None where no run competes.
    """
    where = place()
    client = connect(where)
    experiment = experiment_id(client, where, dataset)
    name = f"{PREFIX}{dataset}-{goal.purpose}"
    with where.lock():  # of two processes, both would register the same network
        best = _best(client, experiment, goal)
        if best is None:
            return None
        run, model = best
        version = _version(client, name, run, model)
        value = run.data.metrics[goal.metric]
        about = {"variant": run.data.tags.get("variant", run.info.run_name), goal.metric: repr(value)}
        for key, text in about.items():
            client.set_model_version_tag(name, version.version, key, text)
        # also where it points there already: that costs nothing
        client.set_registered_model_alias(name, ALIAS, version.version)
    return Registered(name, ALIAS, int(version.version), run.info.run_name, value)


def _best(client: MlflowClient, experiment: str, goal: Goal) -> tuple[Run, LoggedModel] | None:
    conditions = ["attributes.status = 'FINISHED'", f"metrics.`{COLLAPSED}` = 0"]
    conditions += [f"params.`{name}` = '{value}'" for name, value in goal.same.items()]
    order = [f"metrics.`{goal.metric}` {'ASC' if goal.smallest else 'DESC'}", "attributes.start_time DESC"]
    for run in client.search_runs([experiment], " and ".join(conditions), order_by=order):
        if math.isfinite(run.data.metrics.get(goal.metric, math.nan)) and MODEL_HASH in run.data.tags:
            models = client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'")
            if models:  # it may have been deleted in MLflow's pages
                return run, models[0]
    return None


def _version(client: MlflowClient, name: str, run: Run, model: LoggedModel) -> ModelVersion:
    """The version that is this network, made where there is none."""
    digest = run.data.tags[MODEL_HASH]
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    found = client.search_model_versions(f"name = '{name}' and tags.`{MODEL_HASH}` = '{digest}'")
    if found:
        return found[0]
    version = client.create_model_version(
        name, model.artifact_location, run.info.run_id, {MODEL_HASH: digest}, model_id=model.model_id
    )
    # by this, MLflow's pages lead from the run to the version; a server has set it itself
    links = json.loads(model.tags.get(MLFLOW_MODEL_VERSIONS, "[]"))
    links.append({"name": name, "version": version.version})
    client.set_logged_model_tags(model.model_id, {MLFLOW_MODEL_VERSIONS: json.dumps(links)})
    return version
