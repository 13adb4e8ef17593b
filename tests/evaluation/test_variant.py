"""One variant's figures are those of its images and codes, each measured here once more."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from synthetic import tensors

from hourglass import evaluation, models
from hourglass.corruptions.training_inputs import TrainingInputs
from hourglass.evaluation import SCORES, Verdicts
from hourglass.evaluation.complexity import cost
from hourglass.images import Images, to_float
from hourglass.models import Model
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.records import Evaluation, EvaluationImages, History, Snapshots
from hourglass.training import mean_image_mse

NETWORKS: dict[str, dict[str, Any]] = {
    "a plain code": {"latent": 5, "output": "tanh", "encoder": {"dense": [16]}},
    "denoising_vae": {"latent": 3, "code": "gaussian", "encoder": {"dense": [16]}},
    "pca": {"latent": 4, "kind": "pca"},
}
Found = tuple[Evaluation, EvaluationImages, History]


@pytest.fixture(scope="module", params=list(NETWORKS))
def model(request: pytest.FixtureRequest, data: evaluation.EvaluationData) -> Model:
    """An untrained model, but for PCA."""
    if request.param == "pca":
        fitted = models.Pca(PcaSpec.model_validate(NETWORKS["pca"]))
        fitted.fit(data.train.images)
        return fitted
    return models.build(NetworkSpec.model_validate(NETWORKS[request.param]), 1).eval()


@pytest.fixture(scope="module")
def found(model: Model, data: evaluation.EvaluationData, own: TrainingInputs) -> Found:
    return evaluation.evaluate(model, "the sum", _kept(data), data, own)


def _kept(data: evaluation.EvaluationData) -> Snapshots:
    """Two epochs of the first 50 test images: after the first they are shuffled, after the second as they should be."""
    images = data.test.images[:50]
    return Snapshots(torch.stack([images.flip(0), images]))


def _mse(images: torch.Tensor, targets: torch.Tensor) -> float:
    return (images.double() - to_float(targets).double()).square().mean().item()


@torch.no_grad()
def test_images_are_held_against_the_clean_test_images(
    model: Model, found: Found, data: evaluation.EvaluationData
) -> None:
    test, scores = data.test, found[0]
    clean = model(to_float(test.images))
    assert list(scores.clean) == list(SCORES)
    assert scores.clean["mse"] == pytest.approx(_mse(clean, test.images), rel=1e-6)
    assert scores.clean["psnr"] == pytest.approx(-10 * np.log10(scores.clean["mse"]))
    assert scores.clean["ssim"] == pytest.approx(evaluation.ssim(clean, test.images), abs=1e-6)
    seen, of_originals = data.classifier.classes(clean), data.classifier.classes(test.images)
    assert scores.clean["label_accuracy"] == (seen == test.labels).double().mean().item()
    assert scores.clean["prediction_agreement"] == (seen == of_originals).double().mean().item()
    assert scores.restored == data.restored(model)
    assert len({entry["mse"] for entry in (scores.clean, *scores.restored.values())}) == 4


@torch.no_grad()
def test_the_error_of_every_class_is_that_of_its_images(
    model: Model, found: Found, data: evaluation.EvaluationData
) -> None:
    test = data.test
    for label, name in enumerate(test.classes):
        images = test.images[test.labels == label]
        assert found[0].class_mse[name] == pytest.approx(_mse(model(to_float(images)), images), rel=1e-5)
    assert list(found[0].class_mse) == list(test.classes)


@torch.no_grad()
def test_a_code_is_measured_on_the_test_images_by_what_is_known_of_the_training_images(
    model: Model, found: Found, data: evaluation.EvaluationData
) -> None:
    train, test = data.train, data.test
    known, asked = (model.encode(to_float(images)).numpy() for images in (train.images, test.images))
    code = found[0].code
    changing = asked[:, asked.std(axis=0) > model.active_sd].astype(np.float64)
    assert code.size == code.free == asked.shape[1]
    assert code.silhouette == pytest.approx(silhouette_score(asked, test.labels.numpy()), abs=1e-5)
    assert code.active_units == models.active_units(model, torch.from_numpy(asked))
    expected = 0.0
    if changing.shape[1]:  # nothing of the variational code changes: it has not been trained
        eigenvalues = np.linalg.eigvalsh(np.corrcoef(changing, rowvar=False))
        expected = eigenvalues.sum() ** 2 / np.square(eigenvalues).sum()
    assert code.participation_ratio == pytest.approx(expected, rel=1e-4)
    neighbours = KNeighborsClassifier(10).fit(known, train.labels.numpy())
    assert code.knn == neighbours.score(asked, test.labels.numpy())
    scaler = StandardScaler().fit(known)
    probe = LogisticRegression(max_iter=1000).fit(scaler.transform(known), train.labels.numpy())
    assert code.linear_probe == pytest.approx(probe.score(scaler.transform(asked), test.labels.numpy()), abs=0.01)
    others = np.linalg.norm(asked[:, None] - asked[None], axis=2) + np.diag(np.full(len(asked), np.inf))
    votes = test.labels.numpy()[others.argsort(axis=1)[:, :10]]
    told = [np.bincount(vote, minlength=10).argmax() for vote in votes]
    assert code.leave_one_out_knn == pytest.approx((told == test.labels.numpy()).mean(), abs=0.006)


def test_the_own_input_is_measured_as_if_it_were_the_clean_one(
    model: Model, found: Found, data: evaluation.EvaluationData, own: TrainingInputs
) -> None:
    evaluated = found[0]
    corrupted = replace(data, train=replace(data.train, images=own.train), test=replace(data.test, images=own.test))
    expected = evaluation.measure(model, corrupted, TrainingInputs.of(corrupted.train, data.inputs["none"], 0)).code
    assert evaluated.own.corruption == "gaussian"
    assert evaluated.own.scores == evaluated.restored["gaussian"] != evaluated.clean
    assert evaluated.own.code == expected != evaluated.code


def test_a_clean_input_is_measured_once(data: evaluation.EvaluationData, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    encode = models.encode
    monkeypatch.setattr(models, "encode", lambda model, images: given.append(len(images)) or encode(model, images))
    model = models.build(NetworkSpec.model_validate(NETWORKS["a plain code"]), 1).eval()
    clean = TrainingInputs.of(data.train, data.inputs["none"], 5)
    measured = evaluation.measure(model, data, clean)
    assert measured.own.model_dump() == {
        "corruption": "none",
        "scores": measured.clean,
        "code": measured.code.model_dump(),
    }
    assert sorted(given) == [200, 300]


def test_numbers_that_follow_from_the_others_are_not_free(data: evaluation.EvaluationData, own: TrainingInputs) -> None:
    spec = NetworkSpec.model_validate({"latent": 4, "code": "softmax", "encoder": {"dense": [8]}})
    code = evaluation.measure(models.build(spec, 1).eval(), data, own).code
    assert (code.size, code.free) == (4, 3)


@torch.no_grad()
def test_what_only_some_codes_have_is_given_by_number(
    model: Model, found: Found, data: evaluation.EvaluationData
) -> None:
    figures = model.dimension_metrics(to_float(data.test.images))
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


def test_learning_is_followed_on_the_images_that_were_kept(found: Found, data: evaluation.EvaluationData) -> None:
    evaluated, images, learning = found
    kept, test = _kept(data), data.test
    seen = evaluation.verdicts(kept, data.classifier)
    assert learning == evaluation.epoch_by_epoch(kept, seen, test)
    mse, label_accuracy = (cast(list[float], learning.columns[name]) for name in ("mse", "label_accuracy"))
    assert [error > 0 for error in mse] == [True, False]
    assert torch.equal(images.verdicts, seen)
    mean_image = mean_image_mse(data.train.images, test.images[:50])
    assert evaluated.through_training == evaluation.through_training(learning, seen, test, mean_image)
    assert evaluated.through_training.at_mean_image == 1  # shuffled, but not when they are as they should be
    assert evaluated.through_training.wrong_class == pytest.approx(1 - label_accuracy[1])
    assert label_accuracy[0] < 0.5 < label_accuracy[1]


def test_the_images_are_of_this_model(
    model: Model, found: Found, data: evaluation.EvaluationData, own: TrainingInputs
) -> None:
    measured = evaluation.measure(model, data, own)
    expected = evaluation.evaluation_images(model, measured, found[1].verdicts, data)
    given, same = tensors(found[1]), tensors(expected)
    assert given.keys() == same.keys()
    assert all(torch.equal(images, same[name]) for name, images in given.items())


def test_figures_are_means_of_what_is_kept_of_every_image(found: Found) -> None:
    evaluated, images, _ = found
    means = {name: values.mean().item() for name, values in images.per_image.items()}
    assert means == pytest.approx(
        {
            "mse": evaluated.clean["mse"],
            **{name: -scores["mse"] for name, scores in evaluated.restored.items()},
            "label_accuracy": evaluated.clean["label_accuracy"],
            "prediction_agreement": evaluated.clean["prediction_agreement"],
            "knn": evaluated.code.knn,
            "own_mse": evaluated.own.scores["mse"],
            "wrong_class": 1 - evaluated.own.scores["label_accuracy"],
            "own_knn": evaluated.own.code.knn,
        },
        rel=1e-5,
    )


@pytest.mark.parametrize(("grey", "collapsed"), [(0.65, True), (0.7, False)])
def test_a_collapse_is_told_by_the_mean_training_image(
    data: evaluation.EvaluationData, own: TrainingInputs, grey: float, collapsed: bool
) -> None:
    """The mean training image, 0.6, is wrong by 0.2 on the test images; grey 0.65 by 0.1825, and 0.7 by 0.17."""
    train, test = torch.zeros_like(data.train.images), torch.zeros_like(data.test.images)
    train[:180], test[:160] = 255, 255  # of 300 and of 200: 60 % and 80 % are white
    model = models.Pca(PcaSpec(kind="pca", latent=1))
    model.mean.fill_(grey)  # all that it answers, as there are no components
    bed = replace(data, train=replace(data.train, images=train), test=replace(data.test, images=test))
    evaluated, _, _ = evaluation.evaluate(model, "", Snapshots(test[None, :5]), bed, own)
    assert evaluated.clean["mse"] == pytest.approx(0.8 * (1 - grey) ** 2 + 0.2 * grey**2)
    assert evaluated.collapsed == collapsed


def test_records_come_back_from_disk_as_they_were(found: Found, tmp_path: Path) -> None:
    evaluated, images, _ = found
    evaluated.save(tmp_path / "linear.json")
    images.save(tmp_path / "linear.safetensors")
    assert Evaluation.load(tmp_path / "linear.json") == evaluated
    again = EvaluationImages.load(tmp_path / "linear.safetensors")
    assert all(torch.equal(value, tensors(again)[name]) for name, value in tensors(images).items())


def test_a_figure_put_into_scores_is_measured_everywhere(
    data: evaluation.EvaluationData, own: TrainingInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brightest(images: torch.Tensor, originals: Images, verdicts: Verdicts) -> float:
        return images.max().item()

    monkeypatch.setitem(SCORES, "brightest", brightest)
    model = models.Pca(PcaSpec(kind="pca", latent=2))
    model.fit(data.train.images)
    evaluated, _, _ = evaluation.evaluate(model, "", _kept(data), data, own)
    yardsticks = evaluation.baselines(data, [2], 0)
    pca = yardsticks.pca["2"]
    measured = [evaluated.clean, evaluated.own.scores, *evaluated.restored.values(), pca.clean, pca.clipped]
    for corrupted in yardsticks.corrupted.values():
        measured += [corrupted.input, corrupted.linear_filter, corrupted.linear_filter_clipped]
        measured += corrupted.reduced_rank.values()
    assert all(list(scores) == [*list(SCORES)[:-1], "brightest"] for scores in measured)
