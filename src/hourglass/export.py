"""Export of models to ONNX and to the format of torch.export."""

import logging
import warnings
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

from hourglass.errors import UserError
from hourglass.files import replacing
from hourglass.models import Model

LARGEST_DIFFERENCE = 1e-5  # between outputs of the exported network and of the model
OUTPUTS = {"both": ("codes", "reconstructions"), "encoder": ("codes",), "decoder": ("images",)}


class Part(nn.Module):
    """Part of a model: encoder, decoder or both. If both, it outputs codes (B, K) and reconstructions (B, C, H, W)."""

    def __init__(self, model: Model, part: str) -> None:
        super().__init__()
        self.model = model
        self.part = part

    def forward(self, inputs: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Apply the part to images (B, C, H, W) in [0, 1], or to codes (B, K) if the part is a decoder."""
        if self.part == "decoder":
            return self.model.decode(inputs)
        codes = self.model.encode(inputs)
        return codes if self.part == "encoder" else (codes, self.model.decode(codes))


def export(model: Model, part: str, path: Path) -> float:
    """Export a part of a model to a file, and return the largest absolute difference from the model's outputs.

    Args:
        model: model on the CPU, in evaluation mode.
        part: `encoder`, `decoder`, or `both`, which outputs codes and reconstructions.
        path: file to write, with suffix .onnx or, for torch.export, .pt2. The exported part accepts any batch size.

    Raises:
        UserError: if `path` has another suffix, or if outputs differ by more than 1e-5.
    """
    network = Part(deepcopy(model).to(memory_format=torch.contiguous_format), part).eval()
    images = torch.rand(3, *model.image, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        inputs = model.encode(images) if part == "decoder" else images
        outputs = network(inputs)
        expected = outputs if isinstance(outputs, tuple) else (outputs,)
        with replacing(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside torch and onnxscript
            if path.suffix == ".onnx":
                found = _onnx(network, inputs, OUTPUTS[part], file)
            elif path.suffix == ".pt2":
                found = _pt2(network, inputs, file)
            else:
                raise UserError(f"{path}: the suffix must be .onnx or .pt2")
            pairs = zip(found, expected, strict=True)
            difference = max(float((one - other).abs().max()) for one, other in pairs)
            if not difference <= LARGEST_DIFFERENCE:
                raise UserError(f"{path} is not written: its outputs differ from the model's by {difference:.1e}")
    return difference


def _onnx(network: Part, inputs: Tensor, outputs: tuple[str, ...], file: Path) -> tuple[Tensor, ...]:
    """Write a network to an ONNX file with output names `outputs`, and return onnxruntime's results for `inputs`."""
    import onnxruntime  # noqa: PLC0415  optional

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns if torchvision is not installed

    name = "codes" if network.part == "decoder" else "images"
    program = torch.onnx.export(
        network,
        (inputs,),
        dynamo=True,
        input_names=[name],
        output_names=list(outputs),
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    program.save(file)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return tuple(torch.from_numpy(array) for array in session.run(None, {name: inputs.numpy()}))


def _pt2(network: Part, inputs: Tensor, file: Path) -> tuple[Tensor, ...]:
    """Write a network to a .pt2 file with torch.export, and return the exported program's outputs for `inputs`."""
    program = torch.export.export(network, (inputs,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    torch.export.save(program, file)
    found = program.module()(inputs)
    return found if isinstance(found, tuple) else (found,)
