"""Errors on known images."""

import math

import pytest
import torch
from judges import Says
from torch import Tensor

from hourglass import classifier, evaluation
from hourglass.images import Images, to_float


def _grey(value: int, count: int = 2) -> Tensor:
    return torch.full((count, 28, 28), value, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("mse", "decibels"), [(1.0, 0.0), (0.1, 10.0), (0.01, 20.0), (1e-4, 40.0), (0.25, 6.0206), (1 / 255**2, 48.1308)]
)
def test_psnr_of_known_errors(mse: float, decibels: float) -> None:
    assert evaluation.psnr(mse) == pytest.approx(decibels, abs=1e-4)


def test_psnr_without_an_error_is_infinite() -> None:
    assert evaluation.psnr(0.0) == math.inf


def test_the_error_of_every_image_is_on_the_unit_range() -> None:
    found = evaluation.image_errors(torch.cat([_grey(0, 1), _grey(255, 1), _grey(51, 1)]), _grey(0, 3))
    assert found.tolist() == pytest.approx([0, 1, 0.04])
    half = torch.full((2, 1, 28, 28), 0.5)
    assert evaluation.image_errors(half, _grey(255)).tolist() == pytest.approx([0.25, 0.25])


def test_errors_of_more_images_than_a_batch() -> None:
    images = torch.randint(0, 256, (2001, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    expected = to_float(images).double().square().flatten(1).mean(dim=1)
    assert torch.allclose(evaluation.image_errors(images, torch.zeros_like(images)), expected)
    assert evaluation.ssim(images, images) == pytest.approx(1, abs=1e-6)


def test_ssim_of_identical_constant_and_shuffled_images(digits: Images) -> None:
    images = digits.images[:200]
    assert evaluation.ssim(images, images) == pytest.approx(1, abs=1e-6)
    # two constants: only the luminance term differs from 1, (2ab + c) / (a² + b² + c) with c = 0.01²
    a, b = 51 / 255, 102 / 255
    expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    assert evaluation.ssim(_grey(51), _grey(102)) == pytest.approx(expected, abs=1e-4)
    shuffled = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))]
    blurred = torch.nn.functional.avg_pool2d(to_float(images), 3, stride=1, padding=1)
    assert evaluation.ssim(shuffled, images) < evaluation.ssim(blurred, images) < 1


def test_scores_of_identical_images_and_of_black_ones(digits: Images) -> None:
    originals = Images(digits.images[:20].clone(), digits.labels[:20], digits.dataset, digits.classes)
    originals.images[:, 0, 0] = originals.labels
    verdicts = originals.labels.clone()
    verdicts[:5] = 0  # what the classifier sees in the originals, wrongly where it is not 0
    same = evaluation.scores(to_float(originals.images), originals, verdicts, Says())
    assert same.pop("prediction_agreement") == (verdicts == originals.labels).double().mean().item() < 1
    assert same == {"mse": 0, "psnr": math.inf, "ssim": pytest.approx(1, abs=1e-6), "label_accuracy": 1}
    black = evaluation.scores(torch.zeros_like(originals.images), originals, verdicts, Says())
    assert list(black) == ["mse", "psnr", "ssim", "label_accuracy", "prediction_agreement"]
    assert black["prediction_agreement"] == pytest.approx((verdicts == 0).double().mean().item())
    assert black["prediction_agreement"] > black["label_accuracy"]
    assert black["label_accuracy"] == pytest.approx((originals.labels == 0).double().mean().item())
    assert black["mse"] == pytest.approx(to_float(originals.images).square().mean().item(), rel=1e-5)
    assert black["psnr"] == pytest.approx(-10 * math.log10(black["mse"]))


def test_the_error_of_a_class_is_the_mean_of_its_images(digits: Images) -> None:
    errors = digits.labels.double() / 10
    found = evaluation.class_errors(errors, digits)
    assert list(found) == list(digits.classes)
    assert found["0"] == 0
    assert found["7"] == pytest.approx(0.7)


def test_a_trained_classifier_is_no_part_of_the_error(digits: Images) -> None:
    images, labels = digits.images[:10], digits.labels[:10]
    originals = Images(images, labels, "digits", digits.classes)
    first, second = (evaluation.scores(images, originals, labels, classifier.build(s)) for s in (0, 1))
    assert first["ssim"] == second["ssim"]


def test_the_confusion_has_a_row_for_every_label_and_a_column_for_every_class_seen(digits: Images) -> None:
    originals = Images(digits.images[:5], torch.tensor([3, 3, 9, 3, 0]).byte(), "digits", digits.classes)
    found = evaluation.confusion(torch.tensor([8, 3, 9, 8, 1]).byte(), originals)
    expected = torch.zeros(10, 10, dtype=torch.int64)
    expected[3, 8], expected[3, 3], expected[9, 9], expected[0, 1] = 2, 1, 1, 1
    assert found.dtype == torch.int64
    assert torch.equal(found, expected)
