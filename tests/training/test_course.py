"""What a variant's training is given and what it leaves behind."""

from pathlib import Path

import pytest
import torch

from hourglass import models, training
from hourglass.corruptions import Corruption, Inputs
from hourglass.datasets.preparation import corrupted
from hourglass.errors import UserError
from hourglass.images import Images, to_uint8
from hourglass.models.sizes import Encoder
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import generator
from hourglass.settings.params import TrainSpec
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training.recorder import SNAPSHOTS

CPU = torch.device("cpu")
NOISE = Corruption("gaussian", sigma=0.3)


def settings(fresh: bool, corruption: str = "gaussian") -> TrainConfig:
    return TrainConfig(
        seed=3,
        network=NetworkSpec(latent=2, encoder=Encoder(dense=(16,))),
        loss="squared_error",
        corruption=corruption,
        strengths={"sigma": 0.3} if corruption == "gaussian" else {},
        fresh_noise=fresh,
        train=TrainSpec(epochs=2, batch_size=50, learning_rate=0.01),
        libraries={},
    )


@pytest.fixture
def prepared(tmp_path: Path, digits: Images) -> Path:
    """Images and inputs, training and test images being different ones."""
    for split, part in (("train", slice(0, 200)), ("test", slice(200, 260))):
        images = Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        images.save(tmp_path / f"images/{split}.safetensors")
        for corruption in (NOISE, Corruption("none")):
            noisy = corrupted(images.images, corruption, generator(0, split))
            Inputs(noisy, corruption).save(tmp_path / f"inputs/{corruption.name}/{split}.safetensors")
    return tmp_path


def test_noise_is_drawn_anew_or_taken_from_the_fixed_copy(prepared: Path, digits: Images) -> None:
    fresh, fixed = (
        training.training_data(settings(anew), prepared / "images", prepared / "inputs") for anew in (True, False)
    )
    assert fresh.inputs == NOISE
    assert isinstance(fixed.inputs, torch.Tensor)
    assert torch.equal(fixed.inputs, Inputs.load(prepared / "inputs/gaussian/train.safetensors").images)
    assert not torch.equal(fixed.inputs, digits.images[:200])
    for data in (fresh, fixed):
        assert torch.equal(data.images, digits.images[:200])
        assert torch.equal(data.test_images, digits.images[200:260])
        assert torch.equal(data.test_inputs.images, Inputs.load(prepared / "inputs/gaussian/test.safetensors").images)


def test_clean_images_have_no_fixed_copy(prepared: Path) -> None:
    (prepared / "inputs/none/train.safetensors").unlink()
    data = training.training_data(settings(True, "none"), prepared / "images", prepared / "inputs")
    assert data.inputs == Corruption("none")


def test_a_missing_fixed_copy_is_named(prepared: Path) -> None:
    (prepared / "inputs/gaussian/train.safetensors").unlink()
    with pytest.raises(UserError, match=r"gaussian/train\.safetensors is missing"):
        training.training_data(settings(False), prepared / "images", prepared / "inputs")


def test_a_course_keeps_what_every_epoch_came_to(prepared: Path) -> None:
    chosen = settings(True)
    data = training.training_data(chosen, prepared / "images", prepared / "inputs")
    model = models.build(chosen.network, chosen.seed)
    course, seen = training.Course(model, data), []
    for record in training.run(model, data, chosen.train, chosen.loss, chosen.seed, CPU):
        course.add(record)
        seen.append((record, to_uint8(models.reconstruct(model, data.test_inputs.images[:SNAPSHOTS]))))
    history, kept, summary = course.history(), course.images().reconstructions, course.summary()
    assert list(history.epochs) == [1, 2]
    assert history.columns["train_mse"] == [record.train_mse for record, _ in seen]
    assert history.columns["test_mse"] == [record.test_mse for record, _ in seen]
    assert all(torch.equal(found, expected) for found, (_, expected) in zip(kept, seen, strict=True))
    assert not torch.equal(kept[0], kept[1])
    assert (summary.epochs, summary.train_mse, summary.test_mse) == (2, seen[1][0].train_mse, seen[1][0].test_mse)
    assert summary.mean_image_mse == training.mean_image_mse(data.images, data.test_images)
    assert summary.latent_dim == 2


def test_a_collapse_is_shouted(prepared: Path, digits: Images) -> None:
    data = training.training_data(settings(True), prepared / "images", prepared / "inputs")
    model = models.build(PcaSpec(kind="pca", latent=2))
    course = training.Course(model, data)
    for record in training.run(model, data, None, "squared_error", 0, CPU):
        course.add(record)
    fine = course.summary()
    assert "COLLAPSED" not in training.in_words("pca", fine)
    gone = fine.model_copy(update={"collapsed": True})
    assert "pca HAS COLLAPSED" in training.in_words("pca", gone)
