"""What every variant is measured on, as it lies on disk."""

from pathlib import Path

import pytest
import torch

from hourglass import evaluation, judge, models
from hourglass.data import TESTED, as_input
from hourglass.errors import UserError
from hourglass.settings.network import PcaSpec


def _saved(testbed: evaluation.Testbed, folder: Path) -> None:
    testbed.train.save(folder / "images" / "train.safetensors")
    testbed.test.save(folder / "images" / "test.safetensors")
    for name, inputs in testbed.inputs.items():
        inputs.save(folder / "inputs" / name / "test.safetensors")
    judge.save(testbed.judge, folder / "judge.safetensors")


def _loaded(folder: Path) -> evaluation.Testbed:
    return evaluation.Testbed.load(folder / "images", folder / "inputs", folder / "judge.safetensors")


def test_it_is_read_from_its_folders(testbed: evaluation.Testbed, tmp_path: Path) -> None:
    _saved(testbed, tmp_path)
    found = _loaded(tmp_path)
    for part, expected in (found.train, testbed.train), (found.test, testbed.test):
        assert torch.equal(part.images, expected.images)
        assert torch.equal(part.labels, expected.labels)
    assert list(found.inputs) == list(TESTED)
    for name, inputs in found.inputs.items():
        assert torch.equal(inputs.images, testbed.inputs[name].images)
        assert inputs.corruption == testbed.inputs[name].corruption
    some = as_input(found.test.images[:20])
    assert torch.equal(found.judge(some), testbed.judge(some))


@pytest.mark.parametrize(
    ("file", "stage"),
    [("images/train", "preprocess-noise"), ("inputs/none/test", "preprocess-noise"), ("judge", "judge")],
)
def test_a_missing_file_is_said(testbed: evaluation.Testbed, tmp_path: Path, file: str, stage: str) -> None:
    _saved(testbed, tmp_path)
    (tmp_path / f"{file}.safetensors").unlink()
    with pytest.raises(UserError, match=rf"{file}\.safetensors is missing; `dvc repro {stage}` makes it"):
        _loaded(tmp_path)


def test_all_inputs_but_none_are_corrupted(testbed: evaluation.Testbed) -> None:
    assert set(testbed.corrupted) == set(TESTED) - {"none"}
    assert torch.equal(testbed.inputs["none"].images, testbed.test.images)
    assert not any(torch.equal(inputs.images, testbed.test.images) for inputs in testbed.corrupted.values())


def test_what_a_model_makes_of_corrupted_images_is_held_against_the_clean_ones(testbed: evaluation.Testbed) -> None:
    model = models.Pca(PcaSpec(kind="pca", latent=4))
    model.fit(testbed.train.images)
    found = testbed.restored(model)
    assert set(found) == set(testbed.corrupted)
    for name, scores in found.items():
        images = model(as_input(testbed.corrupted[name].images))
        expected = (images - as_input(testbed.test.images)).square().mean().item()
        kept = (testbed.judge.classes(images) == testbed.test.labels).double().mean().item()
        assert scores["mse"] == pytest.approx(expected, rel=1e-5)
        assert scores["class_kept"] == kept
        assert scores == testbed.scores(models.reconstruct(model, testbed.corrupted[name].images))
