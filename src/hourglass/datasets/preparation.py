"""Preparation of data sets: download, conversion to image tensors, corrupted images and outliers."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, CorruptedImages, Corruption, corrupt
from hourglass.datasets import idx
from hourglass.datasets.idx_files import IdxDataSet
from hourglass.datasets.registry import DATASETS, DataSet
from hourglass.errors import UserError
from hourglass.files import save_tensors
from hourglass.images import Images, validate_labels, validated_images
from hourglass.randomness import generator

OTHER = "other"  # subfolder of the downloaded files, with another data set
MOST_OUTLIERS = 10_000  # of a kind that is made from test images
REMEDY = "run `dvc repro --force download`"


def prepare(
    raw: Path,
    images: Path,
    inputs: Path,
    outlier_file: Path,
    dataset: str,
    strengths: Mapping[str, float],
    fresh: bool,
    seed: int,
) -> None:
    """Write the clean images, corrupted images and outliers of a data set to safetensors files.

    Args:
        raw: folder to which `download` wrote the data set.
        images: folder for the clean images, `train.safetensors` and `test.safetensors`.
        inputs: folder for the corrupted images, with one subfolder per corruption, such as `gaussian`.
        outlier_file: file for the outliers (see `outliers`).
        dataset: name of the data set.
        strengths: strength parameters of all corruptions, such as `sigma`, keyed by name.
        fresh: whether training draws new noise for every batch. If so, no corrupted training images are written.
        seed: random seed for corruptions and outliers.

    Raises:
        UserError: if a file is missing or damaged, or belongs to another data set.
    """
    for split in idx.SPLIT_FILES:
        clean = read(raw, dataset, split)
        clean.save(images / f"{split}.safetensors")
        for name in CORRUPTIONS:
            if split == "train" and (fresh or name == "none"):
                continue
            corruption = Corruption.of(name, strengths)
            corrupted = corrupt(clean.images, corruption, generator(seed, "inputs", split, name))
            CorruptedImages(corrupted, corruption).save(inputs / name / f"{split}.safetensors")
    save_tensors(outlier_file, outliers(raw, clean, seed))  # `clean` are the test images, the last split


def download(dataset: DataSet, raw: Path) -> str:
    """Write a data set to the folder `raw`, and its outlier data set, if any, to a subfolder.

    Return the name of the source of the main data set.
    """
    source = dataset.fetch(raw)
    if dataset.other:
        DATASETS[dataset.other].fetch(raw / OTHER)
    return source


def outliers(raw: Path, test: Images, seed: int) -> dict[str, Tensor]:
    """Return outlier images, uint8 (N, C, H, W), keyed by kind: `flipped`, `noise` and, for some data sets, `other`.

    Args:
        raw: folder to which `download` wrote the data set.
        test: test images of the data set.
        seed: random seed for the noise images.
    """
    images, known = test.images[:MOST_OUTLIERS], DATASETS.get(test.dataset)
    other = {"other": read(raw / OTHER, known.other, "test").images} if known and known.other else {}
    noise = torch.randint(256, images.shape, dtype=torch.uint8, generator=generator(seed, "outliers", "noise"))
    return {**other, "flipped": images.flip(2), "noise": noise}


def read(raw: Path, dataset: str, split: str) -> Images:
    """Read one split, `train` or `test`, of a downloaded data set. Raises UserError if a file is missing or invalid."""
    expected = DATASETS.get(dataset)
    if isinstance(expected, IdxDataSet):
        return _read_idx(raw, expected, split)
    images = Images.load(raw / f"{split}.safetensors", stage="download")
    if images.dataset != dataset:
        raise UserError(f"{raw}: images of {images.dataset}, not of {dataset}; {REMEDY}")
    return images


def _read_idx(raw: Path, expected: IdxDataSet, split: str) -> Images:
    images_file, labels_file = (raw / name for name in idx.SPLIT_FILES[split])
    images, labels = validated_images(idx.read(images_file), images_file, REMEDY), idx.read(labels_file)
    if len(images) != (count := {"train": expected.training_images, "test": expected.test_images}[split]):
        raise UserError(f"{images_file}: {len(images)} images; {expected.name} has {count}; {REMEDY}")
    if images.shape[1:] != expected.shape:
        actual, shape = ("×".join(map(str, shape)) for shape in (images.shape[1:], expected.shape))
        raise UserError(f"{images_file}: images are {actual}; those of {expected.name} are {shape}; {REMEDY}")
    validate_labels(labels, count, len(expected.classes), labels_file, REMEDY)
    if absent := sorted(set(range(len(expected.classes))) - set(labels.tolist())):
        names = ", ".join(f"{label} ({expected.classes[label]})" for label in absent)
        raise UserError(f"{labels_file}: no image of class {names}; {REMEDY}")
    return Images(images, labels, expected.name, expected.classes)
