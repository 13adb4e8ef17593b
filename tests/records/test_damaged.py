"""Whatever a file that a later stage reads has become: it is read as it was written, or refused in one sentence."""

import json
import math
import re
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import synthetic
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hourglass import classifier, models
from hourglass.corruptions import Corruption, Inputs
from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.images import Images
from hourglass.models import Pca
from hourglass.models.spec import PcaSpec
from hourglass.records import (
    ClassifierSummary,
    ComparisonSummary,
    Snapshots,
    Study,
    StudyCurves,
    TrainingSummary,
)
from hourglass.settings import params, stages


@dataclass(frozen=True)
class Kind:
    """A kind of file: its name, what writes it, what reads it, and the stage to name where it cannot be read."""

    name: str
    save: Callable[[Path], object]
    load: Callable[[Path], object]
    stage: str


VARIANT = synthetic.everything(("linear",)).variants["linear"]
CURVES = StudyCurves(
    {"mini-batch": {"updates": [0, 9], "passes": [0, 1.5], "train_mse": [0.5, 0.25], "test_mse": [1, 2]}}
)
SUMMARY = TrainingSummary(
    epochs=3, train_mse=0.1, test_mse=0.2, mean_image_mse=0.3, collapsed=False, latent_dim=8, active_units=7
)
COMPARISON = ComparisonSummary(
    dataset="mnist", run="mnist", strengths={"sigma": 0.3}, variants={"pca": {"mse": 0.1}}, findings=("One.",)
)
IMAGES = Images(torch.zeros(20, 28, 28).byte(), torch.arange(20).remainder(10).byte(), "mnist", tuple("0123456789"))
INPUTS = Inputs(torch.zeros(20, 28, 28).byte(), Corruption("occlusion", occlusion=5))
KINDS = {
    type(record).__name__: Kind(name, record.save, type(record).load, stage)
    for name, record, stage in (
        ("linear.json", SUMMARY, "train@linear"),
        ("linear.json", VARIANT.evaluation, "evaluate@linear"),
        ("linear.json", VARIANT.analysis, "latent-analysis@linear"),
        ("baselines.json", synthetic.baselines({8}), "baselines"),
        ("classifier.json", ClassifierSummary(train_loss=0.5, accuracy=0.9), "classifier"),
        ("compare.json", COMPARISON, "compare"),
        (
            "sgd-variants.json",
            Study(
                images=9,
                common_passes=2,
                mean_image_mse=0.5,
                target_mse=0.3,
                methods={"mini-batch": synthetic.METHOD},
                findings=("One.",),
            ),
            "sgd-variants",
        ),
        ("train/linear/history.csv", synthetic.history(4), "train@linear"),
        ("updates.csv", CURVES, "sgd-variants"),
        ("linear.zip", Snapshots(torch.zeros(2, 5, 28, 28).byte()), "train@linear"),
        ("linear.safetensors", VARIANT.evaluation_images, "evaluate@linear"),
        ("linear.safetensors", VARIANT.latent_images, "latent-analysis@linear"),
        ("test.safetensors", IMAGES, "preprocess-noise"),
        ("test.safetensors", INPUTS, "preprocess-noise"),
    )
} | {
    "Classifier": Kind(
        "classifier.safetensors", lambda path: classifier.save(classifier.build(0), path), classifier.load, "classifier"
    ),
    "Model": Kind(
        "linear.safetensors",
        lambda path: models.save(Pca(PcaSpec(kind="pca", latent=3)), path),
        models.load,
        "train@linear",
    ),
}

TABLES = [name for name, kind in KINDS.items() if kind.name.endswith(".csv")]
NUMBERS = [name for name, kind in KINDS.items() if kind.name.endswith(".json")]
TENSORS = ["EvaluationImages", "LatentImages"]

tried = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def written(kind: Kind, folder: Path) -> Path:
    path = folder / kind.name
    path.parent.mkdir(parents=True, exist_ok=True)
    kind.save(path)
    return path


def is_read(kind: Kind, path: Path) -> bool:
    """Whether a file is read; where it is not, one sentence names it and the command that makes it anew."""
    try:
        kind.load(path)
    except UserError as error:
        sentence = str(error)
    else:
        return True
    assert str(path) in sentence
    assert f"`dvc repro {kind.stage}`" in sentence
    assert len(sentence.splitlines()) == 1
    return False


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_was_written_is_read_and_what_is_empty_is_not(tmp_path: Path, kind: Kind) -> None:
    path = written(kind, tmp_path)
    assert is_read(kind, path)
    path.write_bytes(b"")
    assert not is_read(kind, path)
    path.unlink()
    assert not is_read(kind, path)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@tried
@given(share=st.floats(0, 1, exclude_max=True))
def test_what_is_cut_off_is_refused(tmp_path: Path, kind: Kind, share: float) -> None:
    path = written(kind, tmp_path)
    whole = path.read_bytes()
    part = whole[: int(share * len(whole))]
    path.write_bytes(part)
    if kind.name.endswith(".csv"):  # what ends with a line could be a shorter table
        assert is_read(kind, path) == (part.count(b"\n") > 1 and part.endswith(b"\n"))
    else:
        assert is_read(kind, path) == (part == whole.rstrip(b"\n"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@tried
@given(content=st.binary() | st.text().map(str.encode) | json_values.map(json.dumps).map(str.encode))
def test_what_is_something_else_is_refused(tmp_path: Path, kind: Kind, content: bytes) -> None:
    path = tmp_path / kind.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert not is_read(kind, path)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("other", KINDS.values(), ids=KINDS)
def test_the_file_of_another_kind_is_refused(tmp_path: Path, kind: Kind, other: Kind) -> None:
    path = tmp_path / kind.name
    path.parent.mkdir(parents=True, exist_ok=True)
    other.save(path)
    assert is_read(kind, path) == (kind is other)


@pytest.mark.parametrize("kind", [KINDS[name] for name in NUMBERS], ids=NUMBERS)
@tried
@given(data=st.data())
def test_a_value_of_another_type_is_refused(tmp_path: Path, kind: Kind, data: st.DataObject) -> None:
    path = written(kind, tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    name = data.draw(st.sampled_from(sorted(content)))
    odd = json_values.filter(lambda value: not isinstance(value, int | float | str | dict) and value != [])
    content[name] = data.draw(odd)
    path.write_text(json.dumps(content), encoding="utf-8")
    allowed = name == "findings"  # a list of sentences, as which a list of strings is read
    assert allowed or not is_read(kind, path)


@pytest.mark.parametrize("kind", [KINDS[name] for name in (*NUMBERS, *TABLES)], ids=[*NUMBERS, *TABLES])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_what_is_no_number_is_refused(tmp_path: Path, kind: Kind, text: str) -> None:
    path = written(kind, tmp_path)
    content = path.read_text(encoding="utf-8")
    last = max(re.finditer(r"\d+\.\d+(e-?\d+)?", content), key=lambda found: found.start())
    path.write_text(content[: last.start()] + text + content[last.end() :], encoding="utf-8")
    assert not is_read(kind, path)


@pytest.mark.parametrize("kind", [KINDS[name] for name in TENSORS], ids=TENSORS)
@tried
@given(data=st.data())
def test_a_tensor_that_is_not_as_declared_is_refused(tmp_path: Path, kind: Kind, data: st.DataObject) -> None:
    path = written(kind, tmp_path)
    tensors, _ = load_tensors(path, kind.stage)
    name = data.draw(st.sampled_from(sorted(tensors)))
    whole = tensors[name]
    changed = {
        "another type": whole.to(torch.int16),
        "one dimension less": whole.flatten(),
        "one dimension more": whole[None],
        "complex": whole.to(torch.complex64),
        "not a number": torch.full_like(whole, math.nan) if whole.is_floating_point() else whole.float(),
    }
    odd = data.draw(st.sampled_from(sorted(changed)))
    if changed[odd].dtype == whole.dtype and torch.equal(changed[odd], whole):
        return  # as it was: flat already, or empty
    save_tensors(path, tensors | {name: changed[odd]})
    assert not is_read(kind, path)


TOLD = stages.resolve(params.load(synthetic.ROOT / "params.yaml"))


@pytest.mark.parametrize("name", [name for name in TOLD if not name.startswith("train/")] + ["train/linear"])
@settings(tried, max_examples=8)  # each writes all files
@given(share=st.floats(0, 1, exclude_max=True), content=st.binary() | json_values.map(json.dumps).map(str.encode))
def test_damaged_settings_are_refused_and_written_anew(name: str, share: float, content: bytes) -> None:
    with TemporaryDirectory() as folder, chdir(folder):
        stages.write(TOLD)
        path, kind = (
            stages.FOLDER / f"{name}.json",
            Kind(name, print, lambda _: type(TOLD[name]).load(name), "settings"),
        )
        whole = path.read_bytes()
        for damaged in (whole[: int(share * len(whole))].rstrip(b"\n}"), content):
            path.write_bytes(damaged)
            assert not is_read(kind, path)
        stages.write(TOLD)
        assert path.read_bytes() == whole
