"""What became of kept reconstructions, epoch by epoch."""

import pytest
import torch
from judges import Says

from hourglass import evaluation
from hourglass.images import Images
from hourglass.records import History, Snapshots


def test_every_epoch_is_measured_against_the_first_originals() -> None:
    images = torch.zeros(5, 28, 28, dtype=torch.uint8)
    originals = Images(images, torch.tensor([0, 0, 3, 9, 9], dtype=torch.uint8), "digits", tuple("0123456789"))
    white = torch.full((3, 28, 28), 255, dtype=torch.uint8)
    white[:, 0, 0] = 3
    one_white = white * torch.tensor([0, 0, 1], dtype=torch.uint8)[:, None, None]
    kept = Snapshots(torch.stack([white, one_white]))
    seen = evaluation.verdicts(kept, Says())
    assert seen.tolist() == [[3, 3, 3], [0, 0, 3]]
    found = evaluation.epoch_by_epoch(kept, seen, originals)
    assert list(found.epochs) == [1, 2]
    assert found.columns["label_accuracy"] == [pytest.approx(1 / 3), 1]
    assert found.columns["mse"] == [pytest.approx(1, abs=0.002), pytest.approx(1 / 3, abs=0.002)]


def _learning(*mse: float) -> History:
    return History(range(1, len(mse) + 1), {"mse": mse})


def _originals(labels: list[int]) -> Images:
    images = torch.zeros(len(labels), 28, 28, dtype=torch.uint8)
    return Images(images, torch.tensor(labels, dtype=torch.uint8), "digits", tuple("0123456789"))


def test_wrong_classes_are_counted_from_epoch_ten_on() -> None:
    seen = torch.tensor([[4, 5]] * 9 + [[1, 2]] * 11, dtype=torch.uint8)
    seen[-1] = torch.tensor([7, 7])
    seen[-2, 0] = 7
    found = evaluation.through_training(_learning(*[0.0] * 20), seen, _originals([1, 2, 3]), 1.0)
    assert found.wrong_class == pytest.approx(3 / 22)
    assert (found.first_epoch, found.epochs, found.first_image_wrong) == (10, 11, 2)


def test_of_a_shorter_training_the_last_epoch_counts() -> None:
    seen = torch.tensor([[1, 4, 3, 4], [4, 2, 3, 4]], dtype=torch.uint8)
    found = evaluation.through_training(_learning(0.0, 0.0), seen, _originals([1, 2, 3, 4]), 1.0)
    assert found.wrong_class == 0.25
    assert (found.first_epoch, found.epochs, found.first_image_wrong) == (2, 1, 1)


def test_epochs_that_hardly_pass_the_mean_image_are_counted_from_the_first_on() -> None:
    learning = _learning(0.2, 0.095, 0.085, 0.091)
    seen = torch.ones(4, 1, dtype=torch.uint8)
    assert evaluation.through_training(learning, seen, _originals([1]), 0.1).at_mean_image == 3  # above 0.09
