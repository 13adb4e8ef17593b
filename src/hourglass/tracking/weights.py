"""Access to model files in the MLflow store."""

from pathlib import Path

from mlflow.exceptions import MlflowException

from hourglass.errors import UserError
from hourglass.tracking.store import connect


def weights(address: str) -> Path:
    """Return the local path of a model file in the MLflow store. If the store is a server, the file is downloaded.

    Args:
        address: MLflow URI `runs:/<id>`, `models:/<name>@<alias>` or `models:/<name>/<version>`.

    Raises:
        UserError: if the MLflow store has no such run or model, or the run has no weights.
    """
    client = connect()
    kind, _, name = address.partition(":/")
    try:
        if kind == "models":
            model, mark, alias = name.partition("@")
            version = (
                client.get_model_version_by_alias(model, alias)
                if mark
                else client.get_model_version(*name.rpartition("/")[::2])
            )
            name = str(version.run_id)
        files = [Path(client.download_artifacts(name, file.path)) for file in client.list_artifacts(name, "weights")]
    except MlflowException as error:
        raise UserError(f"{address} is not in the MLflow store ({' '.join(str(error).split())})") from None
    models = [file for file in files if file.suffix == ".safetensors"]
    if len(models) != 1:
        raise UserError(f"{address}: the run {name} has no model of this project")
    return models[0]
