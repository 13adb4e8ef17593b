"""Corrupted images on disk: safetensors files of uint8 tensors, with what was done to them in the header."""

import json
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from hourglass.corruptions.corruption import Corruption
from hourglass.files import load_tensors, save_tensors
from hourglass.images import STAGE, flaw_of_images, refuse_if


@dataclass(frozen=True)
class Inputs:
    """What a model is given: images under one corruption, uint8 (N, 28, 28), and the corruption that made them."""

    images: Tensor
    corruption: Corruption

    def save(self, path: Path) -> None:
        """Write the inputs; the file appears whole or not at all."""
        save_tensors(
            path,
            {"images": self.images},
            corruption=json.dumps({"name": self.corruption.name, **self.corruption.strengths}),
        )

    @classmethod
    def load(cls, path: Path) -> "Inputs":
        """Read what `save` wrote. Raises UserError where it is missing, damaged, or something else."""
        tensors, header = load_tensors(path, STAGE, "images", "corruption")
        refuse_if(path, flaw_of_images(tensors["images"]))
        return cls(tensors["images"], Corruption(**json.loads(header["corruption"])))
