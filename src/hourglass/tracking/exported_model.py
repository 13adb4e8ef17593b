"""Export of a network as an MLflow model that needs neither this project nor pickle."""

import warnings
from copy import deepcopy
from importlib.metadata import version

import mlflow.pytorch
import torch
from mlflow.models import infer_signature
from torch import Tensor, nn

REQUIREMENTS = [f"{package}=={version(package)}" for package in ("mlflow", "numpy", "torch")]


def log_model(run_id: str, network: nn.Module, images: Tensor) -> None:
    """Add `network` to a run in the format pt2, with a signature for batches of any size.

    Args:
        run_id: Run to which the model belongs; FINISHED afterwards.
        network: Module that maps images to images; unchanged.
        images: Example input in [0, 1], float32 (N, C, H, W), N >= 2: torch.export takes a batch of one for a constant.

    Example:
        >>> log_model(run_id, network, images)
        >>> mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(images.numpy())
    """
    # a copy, as the original stays in its mode and on its device
    network = deepcopy(network).cpu().eval().to(memory_format=torch.contiguous_format)
    example = images.cpu().numpy()
    with torch.no_grad(), warnings.catch_warnings(), mlflow.start_run(run_id=run_id):
        warnings.filterwarnings("ignore", ".*type hint is inferred as AnyType", UserWarning)  # in MLflow's own code
        mlflow.pytorch.log_model(
            network,
            name="model",
            signature=infer_signature(example, example),
            input_example=example,
            serialization_format="pt2",
            pip_requirements=REQUIREMENTS,
        )
