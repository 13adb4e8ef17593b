"""Records are equal after a round trip through a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
import samples
import synthetic
import torch
from PIL import Image
from torch import Tensor

from hourglass import records
from hourglass.errors import UserError
from hourglass.files import load_tensors
from hourglass.records import Snapshots
from hourglass.records.base import TensorRecord


@dataclass(frozen=True)
class Pictures(TensorRecord):
    """Tensors in fields, and tensors by name."""

    stage = "train@"
    first: Tensor
    second: Tensor
    by_name: Mapping[str, Tensor]
    empty: Mapping[str, Tensor]


def test_numbers_are_equal_after_a_round_trip_and_nan_is_not_saved(tmp_path: Path) -> None:
    record = records.PcaBaseline(clean={"mse": 1 / 3}, clipped={"mse": 8.0}, corrupted={})
    baselines = samples.record(records.Baselines).model_copy(update={"pca": {"8": record}})
    baselines.save(tmp_path / "baselines.json")
    assert records.Baselines.load(tmp_path / "baselines.json") == baselines
    with pytest.raises(ValueError, match="not JSON compliant"):
        baselines.model_copy(update={"pixels": {"knn": float("nan")}}).save(tmp_path / "nan.json")
    assert not (tmp_path / "nan.json").exists()


def test_tensors_are_equal_after_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "linear.safetensors"
    record = Pictures(torch.arange(3), torch.rand(2, 2), {"a": torch.ones(1), "b.c": torch.zeros(2)}, {})
    record.save(path)
    loaded = Pictures.load(path)
    assert torch.equal(loaded.first, record.first)
    assert torch.equal(loaded.second, record.second)
    assert loaded.by_name.keys() == record.by_name.keys()
    assert all(torch.equal(loaded.by_name[name], tensor) for name, tensor in record.by_name.items())
    assert loaded.empty == {}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [records.EvaluationImages, records.LatentImages])
def test_images_are_equal_after_a_round_trip_and_grey_ones_are_stored_without_channels(
    tmp_path: Path, kind: type[TensorRecord], channels: int
) -> None:
    record, path = samples.tensors(kind, channels), tmp_path / "linear.safetensors"
    record.save(path)
    saved, loaded = synthetic.tensors(record), synthetic.tensors(kind.load(path))
    assert {name: tensor.shape for name, tensor in loaded.items()} == {n: tensor.shape for n, tensor in saved.items()}
    stored, _ = load_tensors(path, "")
    images = [name for name in saved if saved[name].dtype == torch.uint8 and saved[name].dim() >= 4]
    assert len(images) >= 3
    for name, tensor in saved.items():
        assert stored[name].dim() == tensor.dim() - (name in images and channels == 1)


@pytest.mark.parametrize(("shape", "mode"), [((1, 5, 8), "L"), ((3, 5, 8), "RGB")])
def test_snapshots_are_equal_after_a_round_trip(tmp_path: Path, shape: tuple[int, int, int], mode: str) -> None:
    images = torch.randint(256, (2, 4, *shape), generator=torch.Generator().manual_seed(0)).byte()
    Snapshots(images).save(tmp_path / "linear.zip")
    assert torch.equal(Snapshots.load(tmp_path / "linear.zip", shape).reconstructions, images)
    with ZipFile(tmp_path / "linear.zip") as file, Image.open(file.open("0002.png")) as png:
        assert (png.mode, png.size) == (mode, (8, 4 * 5))
    for other in ((4 - shape[0], 5, 8), (shape[0], 8, 5), (shape[0], 7, 8)):
        with pytest.raises(UserError, match=r"linear\.zip is not a valid record of stage train@"):
            Snapshots.load(tmp_path / "linear.zip", other)
