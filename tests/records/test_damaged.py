"""Any damage to a file that a later stage reads is reported in one line with the command that restores the file."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import samples
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapes import IMAGE

from hourglass import classifier, models, records
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.images import Images
from hourglass.models import Pca
from hourglass.models.spec import PcaSpec
from hourglass.records import History, Snapshots, StudyCurves


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        path: path of the file.
        save: function that writes it.
        load: function that reads it.
        stage: stage that restores it.
    """

    path: str
    save: Callable[[Path], object]
    load: Callable[[Path], object]
    stage: str


BYTES = torch.zeros(20, *IMAGE).byte()
IMAGES = Images(BYTES, BYTES[:, 0, 0, 0], "mnist", tuple("0123456789"))
CURVES = {"mini-batch": {"updates": [0, 9], "passes": [0, 1.5], "train_mse": [0.5, 0.25], "test_mse": [1, 2]}}
RECORDS = (
    (samples.record(records.TrainingSummary), "linear.json", "train@linear"),
    (samples.record(records.Evaluation), "linear.json", "evaluate@linear"),
    (samples.record(records.LatentAnalysis), "linear.json", "latent-analysis@linear"),
    (samples.record(records.Baselines), "baselines.json", "baselines"),
    (samples.record(records.ClassifierSummary), "classifier.json", "classifier"),
    (samples.record(records.ComparisonSummary), "compare.json", "compare"),
    (samples.record(records.Study), "sgd-variants.json", "sgd-variants"),
    (History([1, 2], {"train_mse": [0.3, 0.25], "test_mse": [None, 0.5]}), "train/linear.csv", "train@linear"),
    (StudyCurves(CURVES), "sgd-variants.csv", "sgd-variants"),
    (Snapshots(BYTES[None]), "linear.zip", "train@linear"),
    (samples.tensors(records.EvaluationImages), "linear.safetensors", "evaluate@linear"),
    (samples.tensors(records.LatentImages), "linear.safetensors", "latent-analysis@linear"),
    (IMAGES, "test.safetensors", "preprocess-noise"),
    (CorruptedImages(BYTES, Corruption("occlusion", occlusion=5)), "test.safetensors", "preprocess-noise"),
)
KINDS = {type(record).__name__: Kind(path, record.save, type(record).load, stage) for record, path, stage in RECORDS}
KINDS["Snapshots"] = replace(KINDS["Snapshots"], load=lambda path: Snapshots.load(path, IMAGE))
KINDS["Classifier"] = Kind(
    "classifier.safetensors",
    lambda path: classifier.save(classifier.build(IMAGE, 10, 0), path),
    lambda path: classifier.load(path, IMAGES),
    "classifier",
)
KINDS["Model"] = Kind(
    "linear.safetensors",
    lambda path: models.save(Pca(PcaSpec(kind="pca", latent=3), IMAGE), path),
    models.load,
    "train@linear",
)

JSON = [name for name, kind in KINDS.items() if kind.path.endswith(".json")]
CSV = [name for name, kind in KINDS.items() if kind.path.endswith(".csv")]

examples = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def write(kind: Kind, folder: Path) -> Path:
    path = folder / kind.path
    path.parent.mkdir(parents=True, exist_ok=True)
    kind.save(path)
    return path


def loads(kind: Kind, path: Path) -> bool:
    """Return whether a file is loaded; otherwise check the error message."""
    try:
        kind.load(path)
    except UserError as error:
        message = str(error)
    else:
        return True
    assert str(path) in message
    assert f"`dvc repro {kind.stage}`" in message
    assert len(message.splitlines()) == 1
    return False


@pytest.mark.parametrize("name", KINDS)
def test_empty_and_missing_files_are_reported(tmp_path: Path, name: str) -> None:
    path = write(KINDS[name], tmp_path)
    assert loads(KINDS[name], path)
    path.write_bytes(b"")
    assert not loads(KINDS[name], path)
    path.unlink()
    assert not loads(KINDS[name], path)


@pytest.mark.parametrize("name", KINDS)
@examples
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_files_are_reported(tmp_path: Path, name: str, share: float) -> None:
    path = write(KINDS[name], tmp_path)
    whole = path.read_bytes()
    part = whole[: int(share * len(whole))]
    path.write_bytes(part)
    if name in CSV:  # truncated at the end of a line it is a shorter table
        assert loads(KINDS[name], path) == (part.count(b"\n") > 1 and part.endswith(b"\n"))
    else:
        assert loads(KINDS[name], path) == (part == whole.rstrip(b"\n"))


@pytest.mark.parametrize("name", KINDS)
def test_files_of_other_stages_are_reported(tmp_path: Path, name: str) -> None:
    path = tmp_path / KINDS[name].path
    path.parent.mkdir(parents=True, exist_ok=True)
    for other, kind in KINDS.items():
        kind.save(path)
        assert loads(KINDS[name], path) == (name == other)


OPTIONAL = ("dimension_metrics", "in_domain", "validation_mse", "kept_epoch")


@pytest.mark.parametrize("name", JSON)
@examples
@given(data=st.data())
def test_values_of_other_types_are_reported(tmp_path: Path, name: str, data: st.DataObject) -> None:
    path = write(KINDS[name], tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    field = data.draw(st.sampled_from(sorted(content)))
    odd = json_values.filter(lambda value: not isinstance(value, int | float | str | dict) and value != [])
    content[field] = data.draw(odd)
    path.write_text(json.dumps(content), encoding="utf-8")
    optional = content[field] is None and field in OPTIONAL
    assert optional or field == "results" or not loads(KINDS[name], path)


@pytest.mark.parametrize("name", [*JSON, *CSV])
@pytest.mark.parametrize("text", ["NaN", "-Infinity", "9" * 5000])
def test_numbers_that_are_not_finite_are_reported(tmp_path: Path, name: str, text: str) -> None:
    path = write(KINDS[name], tmp_path)
    content = path.read_text(encoding="utf-8")
    *_, last = re.finditer(r"\d+\.\d+(e-?\d+)?", content)
    path.write_text(content[: last.start()] + text + content[last.end() :], encoding="utf-8")
    assert not loads(KINDS[name], path)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["EvaluationImages", "LatentImages"])
@pytest.mark.parametrize("change", ["dtype", "one axis fewer", "one axis more", "not finite"])
def test_tensors_that_differ_from_their_declaration_are_reported(
    tmp_path: Path, name: str, change: str, channels: int
) -> None:
    path = tmp_path / KINDS[name].path
    samples.tensors(getattr(records, name), channels).save(path)
    tensors, _ = load_tensors(path, KINDS[name].stage)
    for key, tensor in tensors.items():
        if change == "not finite" and not tensor.is_floating_point():
            continue
        changed = {
            "dtype": tensor.to(torch.int16),
            "one axis fewer": tensor[0],
            "one axis more": tensor[None],
            "not finite": torch.full_like(tensor, math.nan) if tensor.is_floating_point() else tensor,
        }[change]
        save_tensors(path, tensors | {key: changed})
        untyped = change != "not finite" and key.startswith("latent_plane")
        assert untyped or not loads(KINDS[name], path)


def test_a_compressed_file_in_a_zip_is_not_unpacked(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "linear.zip", "w", ZIP_DEFLATED) as file:
        file.writestr("0001.png", bytes(10**7))
    with pytest.raises(UserError, match=r"linear\.zip is not a valid record .*it contains a compressed file"):
        Snapshots.load(tmp_path / "linear.zip", IMAGE)


def test_axes_of_the_same_name_have_the_same_size(tmp_path: Path) -> None:
    path = write(KINDS["EvaluationImages"], tmp_path)
    tensors, _ = load_tensors(path, "evaluate@linear")
    save_tensors(path, tensors | {"errors": torch.zeros(len(tensors["errors"]) + 1, dtype=torch.float64)})
    assert not loads(KINDS["EvaluationImages"], path)
