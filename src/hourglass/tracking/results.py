"""What later stages add to a training's run."""

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric
from torch import Tensor, nn

from hourglass.files import sha256
from hourglass.tracking.outbox import Outbox
from hourglass.tracking.runs import (
    EXPERIMENT,
    FROM_DVC,
    MODEL_HASH,
    REGISTER,
    VARIANT,
    Training,
    add_model,
    log_images,
    log_points,
    open_run,
    points,
)
from hourglass.tracking.store import connect, experiment_id, place


def add_results(
    training: Training,
    model_file: Path,
    metrics: Mapping[str, float],
    pictures: Sequence[Path] = (),
    documents: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    folder: str,
    history: Path,
    network: Callable[[], tuple[nn.Module, Tensor]],
    images: Callable[[], Sequence[Tensor]] = tuple,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Add what a later stage found out to the run of the training that made `model_file`; warns where that fails.

    The run is known by the file's hash. Where none carries it (DVC took the model from its run cache, so that no
    training ran, or the training's record could not be finished; or DVC's experiment did not train it), one is
    opened as the training would have: from `training`, `history` (a CSV file: `epoch` and a column for each metric;
    blanks are skipped), and `network` and `images`, which are asked only then (see `add_model`, `log_images`). Its
    status stays.

    pictures: found in the run under `folder`, by the files' names. documents: by path in the run, written as JSON.
    tags: of the run.
    """

    def add(client: MlflowClient) -> None:
        where = place()
        experiment = experiment_id(client, where, training.experiment)
        with where.lock():  # `evaluate` and `latent-analysis` may run side by side, and must not open two
            digest = sha256(model_file)
            run = _find(client, experiment, training, digest)
            if run is None:
                run = open_run(client, experiment, training, f"{training.name} {digest} {_here()}")
                client.set_tag(run, "hourglass.restored", "from the files that the training left")
                log_points(client, run, _curves(history))
                log_images(client, run, images())
                model, example = network()
                add_model(client, run, model, model_file, example)
                client.set_terminated(run, "FINISHED")
        log_points(client, run, points((name, 0, value) for name, value in metrics.items()))
        for picture in pictures:
            client.log_artifact(run, str(picture), folder)
        for path, content in documents.items():
            client.log_dict(run, dict(content), path)
        for tag, value in tags.items():
            client.set_tag(run, tag, value)

    outbox = Outbox(training.name)
    outbox.put(add)
    outbox.close(advice=REGISTER)


def recorded(training: Training, model_file: Path) -> set[str]:
    """Metrics and folders of files that the run of the training that made `model_file` has; none without a run.

    Raises UnreachableError where the records cannot be opened.
    """
    where = place()
    client = connect(where)
    run = _find(client, experiment_id(client, where, training.experiment), training, sha256(model_file))
    if run is None:
        return set()
    return set(client.get_run(run).data.metrics) | {file.path for file in client.list_artifacts(run)}


def _curves(history: Path) -> list[Metric]:
    """The points of all curves."""
    with history.open(newline="", encoding="utf-8") as file:
        rows = [(int(row.pop("epoch")), row) for row in csv.DictReader(file)]
    return points((name, epoch, float(cell)) for epoch, row in rows for name, cell in row.items() if cell)


def _find(client: MlflowClient, experiment: str, training: Training, digest: str) -> str | None:
    """The id of the latest run with this model, of this variant if there is one: two variants may come out the same.

    In an experiment of DVC's it is one of that experiment, for what is measured there need not hold elsewhere: a model
    that the experiment has not trained is measured under other noise. Outside, one of no experiment comes first.
    """
    found = client.search_runs(
        [experiment], f"tags.`{MODEL_HASH}` = '{digest}'", order_by=["attributes.start_time DESC"]
    )
    tags = {str(run.info.run_id): run.data.tags for run in found}
    if here := _here():
        tags = {run: of for run, of in tags.items() if of.get(EXPERIMENT) == here}
    variant = training.tags.get(VARIANT)
    return min(tags, key=lambda run: (tags[run].get(VARIANT) != variant, EXPERIMENT in tags[run]), default=None)


def _here() -> str:
    """The experiment of DVC's that this is; empty outside of them."""
    return os.environ.get(FROM_DVC[EXPERIMENT], "")
