"""From IDX files to tensors, and to the corrupted copies that every variant is measured on."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from hourglass.data import idx
from hourglass.data.corruption import Corruption
from hourglass.data.corruptions import CORRUPTIONS
from hourglass.data.datasets import DATASETS
from hourglass.data.images import Images, as_input, as_stored
from hourglass.data.inputs import Inputs
from hourglass.randomness import generator

FILES = {"train": "train", "test": "t10k"}
PART = 10_000  # images


def prepare(
    raw: Path, images: Path, inputs: Path, dataset: str, strengths: Mapping[str, float], fresh: bool, seed: int
) -> None:
    """Write `<images>/{train,test}.safetensors`, and under each corruption `<inputs>/<corruption>/test.safetensors`.

    raw: the folder of the four IDX files. strengths: of all corruptions. fresh: training noise is to be drawn anew for
    every batch, so that no copy of the training images is corrupted; otherwise `train.safetensors` is beside each
    corruption's test images.
    """
    classes = DATASETS[dataset].classes
    for split, prefix in FILES.items():
        clean = torch.from_numpy(idx.read(raw / f"{prefix}-images-idx3-ubyte"))
        labels = torch.from_numpy(idx.read(raw / f"{prefix}-labels-idx1-ubyte"))
        Images(clean, labels, dataset, classes).save(images / f"{split}.safetensors")
        for name in CORRUPTIONS:
            if split == "train" and (fresh or name == "none"):
                continue
            corruption = Corruption.of(name, strengths)
            draw = generator(seed, "inputs", split, name)
            Inputs(corrupted(clean, corruption, draw), corruption).save(inputs / name / f"{split}.safetensors")


def corrupted(images: Tensor, corruption: Corruption, draw: torch.Generator) -> Tensor:
    """uint8 images (N, 28, 28) to as many corrupted ones."""
    return torch.cat([as_stored(corruption.apply(as_input(part), draw)) for part in images.split(PART)])
