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
    """Load a trained model on the CPU in evaluation mode.

    Args:
        model: path of a model file, `models:/<name>@<alias>` or `models:/<name>/<version>` for a model of MLflow's
            registry, or `runs:/<id>` for an MLflow run.

    Raises:
        hourglass.errors.UserError: if there is no such model, or if its file is damaged.
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
