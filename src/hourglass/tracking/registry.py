"""MLflow registration of each data set's best reconstruction and denoising networks, under the alias `best`."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Run

from hourglass.metrics import METRICS
from hourglass.records import ComparisonSummary
from hourglass.tracking.store import PREFIX, connect, experiment_id
from hourglass.tracking.variants import complete

ALIAS = "best"
PURPOSES = {"reconstruction": "mse", "denoising": "gaussian_psnr"}
"""For each purpose, the metric of the stage `evaluate` that decides which network is best."""


def register(comparison: ComparisonSummary) -> list[str]:
    """Register the best network for each purpose in PURPOSES with MLflow, and return one line of text per purpose.

    If the MLflow runs of the compared variants lack results, the results are first logged from the output files. The
    best network is chosen from all evaluated runs on the same data set, including runs of earlier comparisons.

    Raises:
        UserError: if the MLflow store cannot be opened, or a file of a variant is missing or damaged.
    """
    client = connect()
    for variant in comparison.variants:
        complete(client, variant)
    return [register_best(client, comparison.dataset, purpose, comparison.strengths["sigma"]) for purpose in PURPOSES]


def register_best(client: MlflowClient, dataset: str, purpose: str, sigma: float) -> str:
    """Register the best network for a data set as `hourglass-<dataset>-<purpose>@best`, and return a one-line report.

    The purpose is `reconstruction` or `denoising`. For `denoising`, only networks that were evaluated with noise of
    strength `sigma` are considered.
    """
    name, key = f"{PREFIX}{dataset}-{purpose}", PURPOSES[purpose]
    best = _best(client, experiment_id(client, dataset), key, sigma if purpose == "denoising" else None)
    if best is None:
        return f"not registered: {name}; no network competes that has not collapsed"
    run, model = best
    versions = client.search_model_versions(f"name = '{name}' and run_id = '{run.info.run_id}'")
    source = f"models:/{model.model_id}"
    same = [version for version in versions if version.source == source]
    version = same[0] if same else mlflow.register_model(source, name)
    value = METRICS[key].text(run.data.metrics[f"evaluate/{key}"])
    for tag, text in {"run": run.info.run_name, key: value}.items():
        client.set_model_version_tag(name, version.version, tag, text)
    client.set_registered_model_alias(name, ALIAS, version.version)
    what = f"{run.info.run_name}, {METRICS[key].title} {value} (version {version.version})"
    return f"registered: {name}@{ALIAS} is {what}"


def _best(client: MlflowClient, experiment: str, key: str, sigma: float | None) -> tuple[Run, LoggedModel] | None:
    """Return the run with the best value of the metric `key`, and its network, or None if no network qualifies.

    If `sigma` is given, only runs that were evaluated with noise of this strength qualify. The earliest run wins a
    tie, so that registering again changes nothing.
    """
    condition = "attributes.status = 'FINISHED' and metrics.`evaluate/collapsed` = 0"
    if sigma is not None:
        condition += f" and metrics.`evaluate/noise_sigma` = {sigma!r}"
    order = [f"metrics.`evaluate/{key}` {'ASC' if METRICS[key].better == 'lower' else 'DESC'}", "attributes.start_time"]
    for run in client.search_runs([experiment], condition, order_by=order):
        # the result is empty if the network was deleted in the MLflow UI
        for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'"):
            return run, model
    return None
