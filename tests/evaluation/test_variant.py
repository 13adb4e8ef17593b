"""One variant's figures are those of its images and codes, each measured here once more."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from hourglass import evaluation, models
from hourglass.data import Images, as_input
from hourglass.evaluation import SCORES, Progress
from hourglass.evaluation.cost import cost
from hourglass.models import Model
from hourglass.records import Evaluation, EvaluationImages, TrainingImages
from hourglass.settings.network import NetworkSpec, PcaSpec

NETWORKS: dict[str, dict[str, Any]] = {
    "a plain code": {"latent": 5, "output": "tanh", "encoder": {"dense": [16]}},
    "variational": {"latent": 3, "code": "gaussian", "encoder": {"dense": [16]}},
    "pca": {"latent": 4, "kind": "pca"},
}
Found = tuple[Evaluation, EvaluationImages, list[Progress]]


@pytest.fixture(scope="module", params=list(NETWORKS))
def model(request: pytest.FixtureRequest, testbed: evaluation.Testbed) -> Model:
    """An untrained model, but for PCA."""
    if request.param == "pca":
        fitted = models.Pca(PcaSpec.model_validate(NETWORKS["pca"]))
        fitted.fit(testbed.train.images)
        return fitted
    return models.build(NetworkSpec.model_validate(NETWORKS[request.param]), 1).eval()


@pytest.fixture(scope="module")
def found(model: Model, testbed: evaluation.Testbed) -> Found:
    return evaluation.evaluate(model, "the sum", _kept(testbed), testbed)


def _kept(testbed: evaluation.Testbed) -> TrainingImages:
    """Two epochs of the first 50 test images: after the first they are shuffled, after the second as they should be."""
    images = testbed.test.images[:50]
    return TrainingImages(torch.stack([images.flip(0), images]))


def _mse(images: torch.Tensor, targets: torch.Tensor) -> float:
    return (images.double() - as_input(targets).double()).square().mean().item()


@torch.no_grad()
def test_images_are_held_against_the_clean_test_images(model: Model, found: Found, testbed: evaluation.Testbed) -> None:
    test, scores = testbed.test, found[0]
    clean = model(as_input(test.images))
    assert list(scores.clean) == list(SCORES)
    assert scores.clean["mse"] == pytest.approx(_mse(clean, test.images), rel=1e-6)
    assert scores.clean["psnr"] == pytest.approx(-10 * np.log10(scores.clean["mse"]))
    assert scores.clean["ssim"] == pytest.approx(evaluation.ssim(clean, test.images), abs=1e-6)
    assert scores.clean["class_kept"] == (testbed.judge.classes(clean) == test.labels).double().mean().item()
    assert scores.restored == testbed.restored(model)
    assert len({entry["mse"] for entry in (scores.clean, *scores.restored.values())}) == 4


@torch.no_grad()
def test_the_error_of_every_class_is_that_of_its_images(
    model: Model, found: Found, testbed: evaluation.Testbed
) -> None:
    test = testbed.test
    for label, name in enumerate(test.classes):
        images = test.images[test.labels == label]
        assert found[0].class_mse[name] == pytest.approx(_mse(model(as_input(images)), images), rel=1e-5)
    assert list(found[0].class_mse) == list(test.classes)


@torch.no_grad()
def test_a_code_is_measured_on_the_test_images_by_what_is_known_of_the_training_images(
    model: Model, found: Found, testbed: evaluation.Testbed
) -> None:
    train, test = testbed.train, testbed.test
    known, asked = (model.encode(as_input(images)).numpy() for images in (train.images, test.images))
    code = found[0].code
    eigenvalues = np.linalg.eigvalsh(np.cov(asked.astype(np.float64), rowvar=False))
    assert code.size == asked.shape[1]
    assert code.live_units == models.live_units(model, torch.from_numpy(asked))
    assert code.participation_ratio == pytest.approx(eigenvalues.sum() ** 2 / np.square(eigenvalues).sum(), rel=1e-4)
    neighbours = KNeighborsClassifier(10).fit(known, train.labels.numpy())
    assert code.knn == neighbours.score(asked, test.labels.numpy())
    scaler = StandardScaler().fit(known)
    probe = LogisticRegression(max_iter=1000).fit(scaler.transform(known), train.labels.numpy())
    assert code.linear_probe == pytest.approx(probe.score(scaler.transform(asked), test.labels.numpy()), abs=0.01)
    others = np.linalg.norm(asked[:, None] - asked[None], axis=2) + np.diag(np.full(len(asked), np.inf))
    votes = test.labels.numpy()[others.argsort(axis=1)[:, :10]]
    told = [np.bincount(vote, minlength=10).argmax() for vote in votes]
    assert code.leave_one_out_knn == pytest.approx((told == test.labels.numpy()).mean(), abs=0.006)


@torch.no_grad()
def test_what_only_some_codes_have_is_given_by_number(model: Model, found: Found, testbed: evaluation.Testbed) -> None:
    figures = model.code_metrics(as_input(testbed.test.images))
    by_number = found[0].code.by_number
    if not figures:
        assert by_number is None
        return
    assert by_number is not None
    assert {name: list(numbers) for name, numbers in by_number.items()} == {"kl": ["number_1", "number_2", "number_3"]}
    assert list(by_number["kl"].values()) == pytest.approx(figures["kl"].mean(dim=0).tolist(), rel=1e-4)


def test_what_it_costs_and_which_file_it_was(model: Model, found: Found) -> None:
    assert found[0].cost.model_dump() == cost(model)
    assert found[0].model_sha256 == "the sum"


def test_learning_is_followed_on_the_images_that_were_kept(found: Found, testbed: evaluation.Testbed) -> None:
    evaluated, _, progress = found
    assert progress == evaluation.through_training(_kept(testbed), testbed.test, testbed.judge)
    assert [entry.mse > 0 for entry in progress] == [True, False]
    assert evaluated.wrong_class_through_training == evaluation.wrong_class(progress)
    assert progress[0].class_kept < 0.5 < progress[1].class_kept


def test_the_images_are_of_this_model(model: Model, found: Found, testbed: evaluation.Testbed) -> None:
    reconstructions = models.reconstruct(model, testbed.test.images)
    errors = evaluation.image_errors(reconstructions, testbed.test.images)
    expected = evaluation.evaluation_images(model, reconstructions, errors, testbed)
    for name, images in vars(found[1]).items():
        assert torch.equal(images, getattr(expected, name)), name


@pytest.mark.parametrize(("grey", "collapsed"), [(0.65, True), (0.7, False)])
def test_a_collapse_is_told_by_the_mean_training_image(
    testbed: evaluation.Testbed, grey: float, collapsed: bool
) -> None:
    """The mean training image, 0.6, is wrong by 0.2 on the test images; grey 0.65 by 0.1825, and 0.7 by 0.17."""
    train, test = torch.zeros_like(testbed.train.images), torch.zeros_like(testbed.test.images)
    train[:180], test[:160] = 255, 255  # of 300 and of 200: 60 % and 80 % are white
    model = models.Pca(PcaSpec(kind="pca", latent=1))
    model.mean.fill_(grey)  # all that it answers, as there are no components
    bed = replace(testbed, train=replace(testbed.train, images=train), test=replace(testbed.test, images=test))
    evaluated, _, _ = evaluation.evaluate(model, "", TrainingImages(test[None, :5]), bed)
    assert evaluated.clean["mse"] == pytest.approx(0.8 * (1 - grey) ** 2 + 0.2 * grey**2)
    assert evaluated.collapsed == collapsed


def test_records_come_back_from_disk_as_they_were(found: Found, tmp_path: Path) -> None:
    evaluated, images, _ = found
    evaluated.save(tmp_path / "linear.json")
    images.save(tmp_path / "linear.safetensors")
    assert Evaluation.load(tmp_path / "linear.json") == evaluated
    again = EvaluationImages.load(tmp_path / "linear.safetensors")
    assert all(torch.equal(value, getattr(again, name)) for name, value in vars(images).items())


def test_a_figure_put_into_scores_is_measured_everywhere(
    testbed: evaluation.Testbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brightest(images: torch.Tensor, originals: Images, judge: object) -> float:
        return images.max().item()

    monkeypatch.setitem(SCORES, "brightest", brightest)
    model = models.Pca(PcaSpec(kind="pca", latent=2))
    model.fit(testbed.train.images)
    evaluated, _, _ = evaluation.evaluate(model, "", _kept(testbed), testbed)
    yardsticks = evaluation.baselines(testbed, [2], 0)
    measured = [evaluated.clean, *evaluated.restored.values(), yardsticks.pca["2"].clean, yardsticks.pca["2"].clipped]
    for corrupted in yardsticks.corrupted.values():
        measured += [corrupted.input, corrupted.linear_filter, corrupted.linear_filter_clipped]
        measured += corrupted.reduced_rank.values()
    assert all(list(scores) == ["mse", "psnr", "ssim", "class_kept", "brightest"] for scores in measured)
