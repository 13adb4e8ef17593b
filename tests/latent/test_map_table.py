"""Maps as CSV files."""

from pathlib import Path

import numpy as np

from hourglass import latent
from hourglass.data import CLASSES

FASHION = CLASSES["fashion_mnist"]


def test_a_map_comes_back_from_its_file(tmp_path: Path) -> None:
    positions = np.random.default_rng(0).normal(scale=20, size=(30, 2)).astype(np.float32)
    labels = np.arange(30, dtype=np.uint8) % 10
    path = tmp_path / "new" / "map.csv"
    latent.write_map(path, positions, labels, FASHION)
    found, told = latent.read_map(path, FASHION)
    assert np.allclose(found, positions, atol=1e-4)
    assert np.array_equal(told, labels)
    assert told.dtype == np.uint8


def test_a_line_names_place_class_and_image(tmp_path: Path) -> None:
    labels = np.array([9, 0], dtype=np.uint8)
    latent.write_map(tmp_path / "map.csv", np.array([[1.23456, -2], [0, 10]], dtype=np.float32), labels, FASHION)
    expected = "x,y,label,index\n1.2346,-2.0000,Ankle boot,0\n0.0000,10.0000,T-shirt/top,1\n"
    assert (tmp_path / "map.csv").read_bytes().decode() == expected
