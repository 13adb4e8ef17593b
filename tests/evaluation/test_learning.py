"""What became of kept reconstructions, epoch by epoch."""

from pathlib import Path

import pytest
import torch
from judges import Says

from hourglass import evaluation
from hourglass.data import Images
from hourglass.evaluation import Progress
from hourglass.records import TrainingImages


def test_every_epoch_is_measured_against_the_first_originals() -> None:
    images = torch.zeros(5, 28, 28, dtype=torch.uint8)
    originals = Images(images, torch.tensor([0, 0, 3, 9, 9], dtype=torch.uint8), "digits", tuple("0123456789"))
    white = torch.full((3, 28, 28), 255, dtype=torch.uint8)
    white[:, 0, 0] = 3
    one_white = white * torch.tensor([0, 0, 1], dtype=torch.uint8)[:, None, None]
    kept = TrainingImages(torch.stack([white, one_white]))
    first, second = evaluation.through_training(kept, originals, Says())
    assert (first.epoch, second.epoch) == (1, 2)
    assert (first.class_kept, second.class_kept) == (pytest.approx(1 / 3), 1)
    assert (first.mse, second.mse) == (pytest.approx(1, abs=0.002), pytest.approx(1 / 3, abs=0.002))


def test_wrong_classes_are_counted_from_epoch_ten_on() -> None:
    epochs = [Progress(epoch, 0.0, 0.0 if epoch < 10 else 0.9) for epoch in range(1, 21)]
    assert evaluation.wrong_class(epochs) == pytest.approx(0.1)
    assert evaluation.wrong_class([*epochs[:-1], Progress(20, 0.0, 0.35)]) == pytest.approx((10 * 0.1 + 0.65) / 11)


def test_of_a_shorter_training_the_last_epoch_counts() -> None:
    assert evaluation.wrong_class([Progress(1, 0.0, 0.2), Progress(2, 0.0, 0.75)]) == 0.25


def test_progress_is_written_a_line_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "linear" / "through-training.csv"
    evaluation.write_progress([Progress(1, 0.25, 0.5), Progress(2, 0.125, 1.0)], path)
    assert path.read_bytes() == b"epoch,mse,class_kept\n1,0.25,0.5\n2,0.125,1.0\n"
