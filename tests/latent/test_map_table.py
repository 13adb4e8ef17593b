"""Maps as CSV files."""

from pathlib import Path

import numpy as np

from hourglass import latent
from hourglass.datasets import DATASETS

FASHION = DATASETS["fashion_mnist"].classes


def test_a_line_names_place_class_and_image(tmp_path: Path) -> None:
    labels = np.array([9, 0], dtype=np.uint8)
    path = tmp_path / "new" / "map.csv"
    latent.write_map(path, np.array([[1.23456, -2], [0, 10]], dtype=np.float32), labels, FASHION)
    expected = "x,y,label,index\n1.2346,-2.0000,Ankle boot,0\n0.0000,10.0000,T-shirt/top,1\n"
    assert path.read_bytes().decode() == expected
