"""Model that MLflow loads and serves. MLflow stores this file with each model, so it must not import the project.

Requests are JSON, such as `{"inputs": [...], "params": {"task": "encode"}}`.
"""

import base64
import binascii
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import mlflow
import numpy as np
import torch
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from PIL import Image, UnidentifiedImageError
from torch import Tensor

TASKS = ("reconstruct", "encode", "decode", "score")
PLAIN = ("1", "L", "P", "RGB")  # modes of Pillow
DAMAGE = (binascii.Error, UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)


class Autoencoder(PythonModel):
    """MLflow model that consists of an encoder and a decoder, both saved by torch.export."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the encoder and the decoder from the model's artifacts."""
        load = torch.export.load  # noqa: TID251  it can run code, but so can this file, which MLflow stores with it
        self.encode, self.decode = (load(context.artifacts[part]).module() for part in ("encoder", "decoder"))

    def predict(
        self, context: PythonModelContext, model_input: np.ndarray, params: Mapping[str, Any] | None = None
    ) -> np.ndarray:
        """Reconstruct, encode or score images, or decode codes.

        Args:
            context: MLflow context with the image shape and the latent dimension in `model_config`.
            model_input: images (N, C, H, W) with pixels in [0, 1] or N base64-encoded PNG files. For the task `decode`,
                codes (N, K).
            params: `task` is `reconstruct` (the default), `encode`, `decode` or `score`.

        Returns:
            Images (N, C, H, W), codes (N, K), or scores (N,), which are the mean squared reconstruction errors.

        Raises:
            MlflowException: for invalid input, which the server answers with status 400.
        """
        task, config = (params or {}).get("task", TASKS[0]), context.model_config
        if task not in TASKS:
            raise _invalid(f"task is {task!r}; must be one of {', '.join(TASKS)}")
        with torch.no_grad():
            if task == "decode":
                return np.asarray(self.decode(_numbers(model_input, (config["latent"],))))
            images = _images(model_input, tuple(config["image"]))
            codes = self.encode(images)
            if task == "encode":
                return np.asarray(codes)
            reconstructions = self.decode(codes)
            if task == "score":
                return np.asarray((reconstructions - images).square().mean(dim=(1, 2, 3)))
            return np.asarray(reconstructions)


def _images(values: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    array = np.asarray(values)
    if array.ndim == 1 and len(array) and all(isinstance(text, str) for text in array):
        return torch.cat([_numbers(_pixels(text, shape)[None], shape) for text in array])
    images = _numbers(array, shape)
    if not ((images >= 0) & (images <= 1)).all():
        raise _invalid("pixels must be in [0, 1]")
    return images


def _pixels(text: str, shape: tuple[int, ...]) -> np.ndarray:
    """Decode a base64-encoded PNG file to pixels of the given shape (C, H, W), float32 in [0, 1]."""
    try:
        with Image.open(BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as image:
            (width, height), (_, rows, columns) = image.size, shape
            if (width, height) != (columns, rows):  # before its pixels are decoded
                raise _invalid(f"a PNG file has {width}×{height} pixels; must have {columns}×{rows}")
            if image.mode not in PLAIN or "transparency" in image.info:
                raise _invalid("a PNG file must have 8 bits per channel and no transparency")
            pixels = np.asarray(image.convert("RGB" if shape[0] == 3 else "L"), np.float32) / 255
    except DAMAGE:
        raise _invalid("a text must be a PNG file in base64") from None
    return pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels[None]


def _numbers(values: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """Convert an array (N, *shape) of finite numbers to a float32 tensor. Raises MlflowException for invalid arrays."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        raise _invalid("inputs must be numbers")
    if array.shape[1:] != shape or not len(array):
        expected = "×".join(map(str, shape))
        raise _invalid(f"inputs have the shape {'×'.join(map(str, array.shape))}; must be N×{expected} with N > 0")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise _invalid("inputs must be finite")
    return torch.from_numpy(array)


def _invalid(message: str) -> MlflowException:
    return MlflowException.invalid_parameter_value(message)


mlflow.models.set_model(Autoencoder())
