"""From IDX files to tensors, and to the corrupted copies that every variant is measured on."""

from collections.abc import Mapping
from pathlib import Path

import torch

from hourglass.corruptions import CORRUPTIONS
from hourglass.corruptions.corrupt import corrupted
from hourglass.corruptions.corrupted_images import Inputs
from hourglass.corruptions.corruption import Corruption
from hourglass.datasets import idx
from hourglass.datasets.registry import DATASETS
from hourglass.errors import UserError
from hourglass.images import Images, flaw_of_images, flaw_of_labels
from hourglass.randomness import generator

FILES = {"train": "train", "test": "t10k"}


def prepare(
    raw: Path, images: Path, inputs: Path, dataset: str, strengths: Mapping[str, float], fresh: bool, seed: int
) -> None:
    """Write `<images>/{train,test}.safetensors`, and under each corruption `<inputs>/<corruption>/test.safetensors`.

    raw: the folder of the four IDX files. strengths: of all corruptions. fresh: training noise is to be drawn anew for
    every batch, so that no copy of the training images is corrupted; otherwise `train.safetensors` is beside each
    corruption's test images. Raises UserError where these are not the files of the data set.
    """
    for split in FILES:
        found = read(raw, dataset, split)
        found.save(images / f"{split}.safetensors")
        for name in CORRUPTIONS:
            if split == "train" and (fresh or name == "none"):
                continue
            corruption = Corruption.of(name, strengths)
            draw = generator(seed, "inputs", split, name)
            Inputs(corrupted(found.images, corruption, draw), corruption).save(inputs / name / f"{split}.safetensors")


def read(raw: Path, dataset: str, split: str) -> Images:
    """One split, `train` or `test`, from its two IDX files, once these are found to be images and labels of it.

    Raises UserError, naming the file, where they are not.
    """
    described, prefix = DATASETS[dataset], FILES[split]
    images_file, labels_file = raw / f"{prefix}-images-idx3-ubyte", raw / f"{prefix}-labels-idx1-ubyte"
    images, labels = torch.from_numpy(idx.read(images_file)), torch.from_numpy(idx.read(labels_file))
    expected = {"train": described.training_images, "test": described.test_images}[split]
    _refuse_if(images_file, flaw_of_images(images))
    if len(images) != expected:
        _refuse_if(images_file, f"{len(images)} images, where {dataset} has {expected}")
    _refuse_if(labels_file, flaw_of_labels(labels, expected, described.classes))
    absent = sorted(set(range(len(described.classes))) - set(labels.tolist()))
    if absent:
        names = ", ".join(f"{label} ({described.classes[label]})" for label in absent)
        _refuse_if(labels_file, f"no image of class {names}")
    return Images(images, labels, dataset, described.classes)


def _refuse_if(file: Path, flaw: str) -> None:
    if flaw:
        raise UserError(f"{file} holds {flaw}; `dvc repro --force download` fetches it anew")
