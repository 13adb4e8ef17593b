"""The network as MLflow can load and serve it: without this project at hand, and without pickle."""

import warnings
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow.pytorch
import numpy as np
import torch
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, Run
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec
from torch import Tensor, nn

NAME = "model"


def log_model(client: MlflowClient, run: Run, network: nn.Module, example: Tensor) -> None:
    """Add `network` to `run`: `mlflow.pyfunc.load_model("runs:/<run id>/model")` gives it back.

    example: one or more images (N, 1, 28, 28) in [0, 1]. What is loaded takes any number of images.
    """
    logged = client.create_logged_model(
        run.info.experiment_id,
        NAME,
        run.info.run_id,
        params=dict(run.data.params),
        tags={"mlflow.runName": run.info.run_name},
    )
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / NAME
            about = Model(
                logged.artifact_location,
                run.info.run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
            )
            _save(network, example, path, about)
            client.log_model_artifacts(logged.model_id, str(path))
        client.log_outputs(run.info.run_id, [LoggedModelOutput(logged.model_id, step=0)])
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.finalize_logged_model(logged.model_id, "READY")


def _save(network: nn.Module, example: Tensor, path: Path, about: Model) -> None:
    # a copy: the caller's network stays on its device and in its mode
    still = deepcopy(network).cpu().eval().to(memory_format=torch.contiguous_format)
    # two, also of one image: torch.export takes a batch of one for a constant
    two = torch.cat([example, example])[:2].detach().cpu().float()
    images = Schema([TensorSpec(np.dtype(np.float32), (-1, *two.shape[1:]))])
    with torch.no_grad(), warnings.catch_warnings():
        # of MLflow's own code, when it is first imported
        warnings.filterwarnings("ignore", ".*type hint is inferred as AnyType", UserWarning)
        mlflow.pytorch.save_model(
            still,
            path,
            mlflow_model=about,
            signature=ModelSignature(inputs=images, outputs=images),
            input_example=two.numpy(),
            serialization_format="pt2",
            pip_requirements=[f"{package}=={version(package)}" for package in ("mlflow", "numpy", "torch")],
        )
