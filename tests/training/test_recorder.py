"""Training data on disk, and the recorded results of a run."""

from pathlib import Path

import pytest
import torch
from shapes import IMAGE
from small import CPU, NOISE, spec_of

from hourglass import models, training
from hourglass.corruptions import CorruptedImages, corrupt
from hourglass.errors import UserError
from hourglass.images import Images, mean_image_mse, to_uint8
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.randomness import generator
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training import TrainingData, TrainingRecorder, summary_text


def config(fresh: bool) -> TrainConfig:
    return TrainConfig(
        seed=3,
        network=NetworkSpec(latent=2, encoder=Encoder(dense=(16,))),
        loss="squared_error",
        corruption=NOISE.name,
        strengths=dict(NOISE.strengths),
        fresh_noise=fresh,
        train=spec_of(2, 50, 0.01),
        libraries={},
    )


@pytest.fixture
def prepared(tmp_path: Path, digits: Images) -> Path:
    """Clean and corrupted images on disk."""
    for split, part in (("train", slice(0, 200)), ("test", slice(200, 260))):
        images = Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        images.save(tmp_path / f"images/{split}.safetensors")
        corrupted = CorruptedImages(corrupt(images.images, NOISE, generator(0, split)), NOISE)
        corrupted.save(tmp_path / f"inputs/gaussian/{split}.safetensors")
    return tmp_path


def load(prepared: Path, fresh: bool) -> TrainingData:
    return TrainingData.load(config(fresh), prepared / "images", prepared / "inputs")


def test_noise_is_fresh_or_fixed(prepared: Path, digits: Images) -> None:
    fresh, fixed = load(prepared, True), load(prepared, False)
    assert fresh.inputs == NOISE
    assert isinstance(fixed.inputs, torch.Tensor)
    assert torch.equal(fixed.inputs, CorruptedImages.load(prepared / "inputs/gaussian/train.safetensors").images)
    test_inputs = CorruptedImages.load(prepared / "inputs/gaussian/test.safetensors").images
    for data in (fresh, fixed):
        assert torch.equal(data.images, digits.images[:200])
        assert torch.equal(data.test_images, digits.images[200:260])
        assert torch.equal(data.test_inputs.images, test_inputs)
    (prepared / "inputs/gaussian/train.safetensors").unlink()
    assert load(prepared, True).inputs == NOISE
    with pytest.raises(UserError, match=r"gaussian/train\.safetensors is missing"):
        load(prepared, False)


def test_history_snapshots_and_summary(prepared: Path) -> None:
    data, settings = load(prepared, True), config(True)
    model = models.build(settings.network, IMAGE, settings.seed)
    recorder, records, reconstructions = TrainingRecorder(model, data), [], []
    for record in training.run(model, data, settings.train, settings.loss, settings.seed, CPU):
        recorder.add(record)
        records.append(record)
        reconstructions.append(to_uint8(models.reconstruct(model, data.test_inputs.images)))
    history, summary = recorder.history(), recorder.summary()
    assert list(history.epochs) == [1, 2]
    assert history.columns["train_mse"] == [record.train_mse for record in records]
    assert history.columns["test_mse"] == [record.test_mse for record in records]
    assert torch.equal(recorder.snapshots().reconstructions, torch.stack(reconstructions))
    assert (summary.epochs, summary.train_mse, summary.test_mse) == (2, records[1].train_mse, records[1].test_mse)
    assert summary.mean_image_mse == mean_image_mse(data.images, data.test_images)
    assert summary.latent_dim == 2
    assert "HAS COLLAPSED" not in summary_text("linear", summary.model_copy(update={"collapsed": False}))
    assert "linear HAS COLLAPSED" in summary_text("linear", summary.model_copy(update={"collapsed": True}))
