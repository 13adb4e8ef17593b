"""What every variant is measured on, as it lies on disk."""

from pathlib import Path

import pytest
import torch

from hourglass import classifier, evaluation, models
from hourglass.corruptions import TESTED
from hourglass.errors import UserError
from hourglass.images import to_float
from hourglass.models.spec import PcaSpec


def _saved(data: evaluation.EvaluationData, folder: Path) -> None:
    data.train.save(folder / "images" / "train.safetensors")
    data.test.save(folder / "images" / "test.safetensors")
    for name, inputs in data.inputs.items():
        inputs.save(folder / "inputs" / name / "test.safetensors")
    classifier.save(data.classifier, folder / "classifier.safetensors")


def _loaded(folder: Path) -> evaluation.EvaluationData:
    return evaluation.EvaluationData.load(folder / "images", folder / "inputs", folder / "classifier.safetensors")


def test_it_is_read_from_its_folders(data: evaluation.EvaluationData, tmp_path: Path) -> None:
    _saved(data, tmp_path)
    found = _loaded(tmp_path)
    for part, expected in (found.train, data.train), (found.test, data.test):
        assert torch.equal(part.images, expected.images)
        assert torch.equal(part.labels, expected.labels)
    assert list(found.inputs) == list(TESTED)
    for name, inputs in found.inputs.items():
        assert torch.equal(inputs.images, data.inputs[name].images)
        assert inputs.corruption == data.inputs[name].corruption
    some = to_float(found.test.images[:20])
    assert torch.equal(found.classifier(some), data.classifier(some))


@pytest.mark.parametrize(
    ("file", "stage"),
    [("images/train", "preprocess-noise"), ("inputs/none/test", "preprocess-noise"), ("classifier", "classifier")],
)
def test_a_missing_file_is_said(data: evaluation.EvaluationData, tmp_path: Path, file: str, stage: str) -> None:
    _saved(data, tmp_path)
    (tmp_path / f"{file}.safetensors").unlink()
    with pytest.raises(UserError, match=rf"{file}\.safetensors is missing; `dvc repro {stage}` makes it"):
        _loaded(tmp_path)


def test_all_inputs_but_none_are_corrupted(data: evaluation.EvaluationData) -> None:
    assert set(data.corrupted) == set(TESTED) - {"none"}
    assert torch.equal(data.inputs["none"].images, data.test.images)
    assert not any(torch.equal(inputs.images, data.test.images) for inputs in data.corrupted.values())


def test_what_a_model_makes_of_corrupted_images_is_held_against_the_clean_ones(data: evaluation.EvaluationData) -> None:
    model = models.Pca(PcaSpec(kind="pca", latent=4))
    model.fit(data.train.images)
    found = data.restored(model)
    assert set(found) == set(data.corrupted)
    for name, scores in found.items():
        images = model(to_float(data.corrupted[name].images))
        expected = (images - to_float(data.test.images)).square().mean().item()
        kept = (data.classifier.classes(images) == data.test.labels).double().mean().item()
        assert scores["mse"] == pytest.approx(expected, rel=1e-5)
        assert scores["label_accuracy"] == kept
        assert scores == data.scores(models.reconstruct(model, data.corrupted[name].images))
