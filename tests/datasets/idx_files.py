"""Folders of IDX files and stand-ins for the network."""

import gzip
from pathlib import Path

import pytest
from torchvision import datasets

Content = dict[str, bytes]
TRAINING_IMAGES = 2000  # of data sets with these files
LIMIT = 1_568_016  # bytes of the largest file, which holds them


def use_mirrors(monkeypatch: pytest.MonkeyPatch, *mirrors: str) -> None:
    for published in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(published, "mirrors", list(mirrors))


def write_files(content: Content, folder: Path, compressed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        file = folder / (f"{name}.gz" if compressed else name)
        file.write_bytes(gzip.compress(data) if compressed else data)
    return folder


def read_files(folder: Path) -> Content:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def write_program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
