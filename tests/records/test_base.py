"""Records on disk: they come back as they were saved, and what is missing or damaged is one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import save_tensors
from hourglass.records.base import Record, TensorRecord


class OfAll(Record):
    """A record of a stage that is not run variant by variant."""

    stage = "classifier"
    accuracy: float
    more: dict[str, float] | None = None


class OfOne(Record):
    """A record of one variant."""

    stage = "evaluate@"
    size: int


@dataclass(frozen=True)
class Pictures(TensorRecord):
    """Tensors that are fields, and tensors by name."""

    stage = "train@"
    first: Tensor
    second: Tensor
    by_name: Mapping[str, Tensor]
    nothing: Mapping[str, Tensor]


PICTURES = Pictures(torch.arange(3), torch.rand(2, 2), {"a": torch.ones(1), "b.c": torch.zeros(2)}, {})


@pytest.mark.parametrize("record", [OfAll(accuracy=1 / 3), OfAll(accuracy=0.5, more={"a": 1.0})])
def test_numbers_come_back_exactly(tmp_path: Path, record: OfAll) -> None:
    record.save(tmp_path / "classifier.json")
    assert OfAll.load(tmp_path / "classifier.json") == record
    assert ("more" in (tmp_path / "classifier.json").read_text()) == (record.more is not None)


def test_what_is_no_number_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        OfAll(accuracy=float("nan")).save(tmp_path / "classifier.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "made"), [(OfAll, "dvc repro classifier"), (OfOne, "dvc repro evaluate@linear")])
def test_a_missing_record_names_the_command_that_makes_it(tmp_path: Path, kind: type[Record], made: str) -> None:
    with pytest.raises(UserError, match=rf"linear\.json is missing; `{made}` makes it$"):
        kind.load(tmp_path / "linear.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"size": "large"}', '{"size": 1, "more": 2}', "\x00\xff"])
def test_a_damaged_record_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "linear.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(
        UserError, match=r"linear\.json is no record of stage evaluate@ .*`dvc repro evaluate@linear`"
    ) as caught:
        OfOne.load(tmp_path / "linear.json")
    assert len(str(caught.value).splitlines()) == 1


def test_tensors_come_back_in_their_places(tmp_path: Path) -> None:
    PICTURES.save(tmp_path / "linear.safetensors")
    loaded = Pictures.load(tmp_path / "linear.safetensors")
    assert torch.equal(loaded.first, PICTURES.first)
    assert torch.equal(loaded.second, PICTURES.second)
    assert loaded.by_name.keys() == PICTURES.by_name.keys()
    assert all(torch.equal(loaded.by_name[name], tensor) for name, tensor in PICTURES.by_name.items())
    assert loaded.nothing == {}


def test_missing_tensors_are_said_with_the_command_that_makes_them(tmp_path: Path) -> None:
    path = tmp_path / "linear.safetensors"
    with pytest.raises(UserError, match=r"linear\.safetensors is missing; `dvc repro train@linear` makes it"):
        Pictures.load(path)
    save_tensors(path, {"first": torch.ones(1)})
    with pytest.raises(UserError, match=r"linear\.safetensors holds no second; delete it and run `dvc repro train@l"):
        Pictures.load(path)
    path.write_bytes(b"\xff" * 50)
    with pytest.raises(UserError, match=r"linear\.safetensors is damaged .*`dvc repro train@linear`"):
        Pictures.load(path)
