"""MLflow registration of each data set's best networks for reconstruction and denoising, with the alias `best`."""

import mlflow
from mlflow import MlflowClient

from hourglass.metrics import METRICS
from hourglass.records import ComparisonSummary
from hourglass.settings.stage_configs import TrainConfig
from hourglass.tracking.store import PREFIX, connect, experiment_id
from hourglass.tracking.variants import complete

ALIAS = "best"
PURPOSES = {"reconstruction": "mse", "denoising": "gaussian_psnr"}
"""Metric of the stage `evaluate` that ranks networks if none has a validation error, keyed by purpose."""
CORRUPTIONS = {"reconstruction": "none", "denoising": "gaussian"}
"""Training corruption that a network must have to be ranked by its validation error, keyed by purpose."""
VALIDATION = "train/validation_mse"


def register(comparison: ComparisonSummary) -> list[str]:
    """Register the best networks for reconstruction and denoising with MLflow, and return a one-line report for each.

    Results that are missing from the MLflow runs of the compared variants are first logged from the output files. The
    best network is chosen from all evaluated runs on the same data set, including runs of earlier comparisons. Runs are
    ranked by a test metric. If a compared variant has validation images, runs with the same validation images are
    ranked by their validation MSE instead, and all other runs are left out.

    Raises:
        UserError: if the MLflow store cannot be opened, or a file of a variant is missing or damaged.
    """
    client = connect()
    for variant in comparison.variants:
        complete(client, variant)
    configs = [TrainConfig.load(f"train/{variant}") for variant in comparison.variants]
    validated = next((config for config in configs if config.train and config.train.validation), None)
    sigma = comparison.strengths["sigma"]
    return [register_best(client, comparison.dataset, purpose, sigma, validated) for purpose in PURPOSES]


def register_best(
    client: MlflowClient, dataset: str, purpose: str, sigma: float, validated: TrainConfig | None = None
) -> str:
    """Register a data set's best network as `hourglass-<dataset>-<purpose>@best`, and return a one-line report.

    Args:
        client: MLflow client.
        dataset: name of the data set.
        purpose: `reconstruction` or `denoising`.
        sigma: standard deviation of the Gaussian test noise. For `denoising`, runs with other test noise are left out.
        validated: settings of a run with validation images. If given, runs with the same validation images and the
            training corruption for the purpose are ranked by their validation MSE, and all other runs are left out.
    """
    name, key = f"{PREFIX}{dataset}-{purpose}", PURPOSES[purpose]
    conditions = ["attributes.status = 'FINISHED'", "metrics.`evaluate/collapsed` = 0"]
    order = f"metrics.`evaluate/{key}` {'ASC' if METRICS[key].better == 'lower' else 'DESC'}"
    if purpose == "denoising":
        conditions.append(f"metrics.`evaluate/noise_sigma` = {sigma!r}")
    if validated and validated.train:
        order = f"metrics.`{VALIDATION}` ASC"
        conditions += [f"metrics.`{VALIDATION}` >= 0", f"params.corruption = '{CORRUPTIONS[purpose]}'"]
        images = {"seed": validated.seed, "train.validation": validated.train.validation}
        conditions += [f"params.`{setting}` = '{value}'" for setting, value in images.items()]
    experiment = experiment_id(client, dataset)
    # of tied runs the earliest, so that repeated registration changes nothing
    runs = client.search_runs([experiment], " and ".join(conditions), order_by=[order, "attributes.start_time"])
    networks = (  # those of a run may have been deleted in the MLflow UI
        (run, model)
        for run in runs
        for model in client.search_logged_models([experiment], f"source_run_id = '{run.info.run_id}'")
    )
    best = next(networks, None)
    if best is None:
        return f"not registered: {name}; no network competes that has not collapsed"
    run, model = best
    source = f"models:/{model.model_id}"
    same = client.search_model_versions(f"name = '{name}' and source_path = '{source}'")
    version = same[0] if same else mlflow.register_model(source, name)
    value = METRICS[key].text(run.data.metrics[f"evaluate/{key}"])
    for tag, text in {"run": run.info.run_name, key: value}.items():
        client.set_model_version_tag(name, version.version, tag, text)
    client.set_registered_model_alias(name, ALIAS, version.version)
    what = f"{run.info.run_name}, {METRICS[key].title} {value} (version {version.version})"
    if validated:
        what += f", chosen by its validation MSE {run.data.metrics[VALIDATION]:.5f}"
    return f"registered: {name}@{ALIAS} is {what}"
