"""Records are equal after a round trip through a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from hourglass.records.base import Record, TensorRecord


class Classification(Record):
    """A record of a stage without variants."""

    stage = "classifier"
    accuracy: float
    more: Mapping[str, int | float] | None = None


@dataclass(frozen=True)
class Pictures(TensorRecord):
    """Tensors in fields, and tensors by name."""

    stage = "train@"
    first: Tensor
    second: Tensor
    by_name: Mapping[str, Tensor]
    empty: Mapping[str, Tensor]


def test_numbers_are_equal_after_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "classifier.json"
    record = Classification(accuracy=1 / 3, more={"count": 8, "share": 8.0})
    record.save(path)
    assert Classification.load(path) == record
    assert '"count": 8,' in path.read_text()
    Classification(accuracy=0.5).save(path)
    assert "more" not in path.read_text()


def test_nan_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="finite number"):
        Classification(accuracy=float("nan")).save(tmp_path / "classifier.json")
    assert list(tmp_path.iterdir()) == []


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
