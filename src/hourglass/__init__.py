"""A reproducible pipeline that trains, evaluates and compares autoencoders.

Example:
    >>> from hourglass import load
    >>> model = load("models/strided.safetensors")
    >>> codes = model.encode(images)  # float32 (B, C, H, W) in [0, 1] to (B, K)
    >>> reconstructions = model.decode(codes)  # (B, C, H, W) in [0, 1]
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hourglass.models import Model


def load(model: str | Path) -> "Model":
    """Load a trained model onto the CPU and set it to evaluation mode.

    Args:
        model: path of a model file, or an MLflow URI: `models:/<name>@<alias>` or `models:/<name>/<version>` for a
            registered model, `runs:/<id>` for the model of a run.

    Raises:
        hourglass.errors.UserError: if the model does not exist, its file is damaged, or MLflow is needed but missing.
    """
    # imported here: most modules of the package need neither torch nor MLflow
    from hourglass import models  # noqa: PLC0415
    from hourglass.errors import UserError  # noqa: PLC0415

    if str(model).startswith(("models:/", "runs:/")):
        try:
            from hourglass.tracking.weights import weights  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise UserError(f"{model}: MLflow's models need the pipeline's environment ({error})") from None
        return models.load(weights(str(model)))
    if not Path(model).exists():
        raise UserError(f"{model}: no such model file")
    return models.load(model)
