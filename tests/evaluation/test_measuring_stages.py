"""The stages classifier, baselines and evaluate, one after the other, on a small data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from synthetic import tensors

from hourglass import classifier, evaluation, models
from hourglass.corruptions import TrainingInputs
from hourglass.files import sha256
from hourglass.models.spec import NetworkSpec
from hourglass.paths import CLASSIFIER, EVALUATION, IMAGES, INPUTS, METRICS, MODELS, PLOTS, SNAPSHOTS
from hourglass.records import Baselines, ClassifierSummary, Evaluation, EvaluationImages, History, Snapshots
from hourglass.settings import stages as settings
from hourglass.settings.params import ClassifierSpec
from stages import baselines as baselines_stage
from stages import classifier as classifier_stage
from stages import evaluate as evaluate_stage

JUDGING = ClassifierSpec(epochs=2, batch_size=32, learning_rate=0.002)
NETWORK = NetworkSpec.model_validate({"latent": 3, "encoder": {"dense": [8]}})
CPU = torch.device("cpu")


def _training(corruption: str) -> settings.Training:
    return settings.Training(
        seed=0,
        network=NETWORK,
        loss="",
        corruption=corruption,
        strengths={},
        fresh_noise=True,
        train=None,
        libraries={},
    )


@pytest.fixture
def repository(
    data: evaluation.EvaluationData,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed_params: Callable[[dict[str, Any]], Path],
) -> None:
    """A folder with all that these stages read, whose classifier is yet to be trained."""
    monkeypatch.chdir(tmp_path)
    changed_params({"runtime.device": "cpu"})
    told = {
        "classifier": settings.Classifier(seed=5, classifier=JUDGING, libraries={}),
        "baselines": settings.Baselines(seed=5, latent_dims=(2, 3), libraries={}),
        "evaluate": settings.Evaluate(seed=5, libraries={}),
        "train/linear": _training("gaussian"),
        "train/other": _training("none"),
    }
    settings.write(told)
    data.train.save(IMAGES / "train.safetensors")
    data.test.save(IMAGES / "test.safetensors")
    for name, inputs in data.inputs.items():
        inputs.save(INPUTS / name / "test.safetensors")


@pytest.mark.usefixtures("repository")
def test_the_classifier_is_trained_on_training_images_and_measured_on_test_images(
    data: evaluation.EvaluationData, capsys: pytest.CaptureFixture[str]
) -> None:
    classifier_stage.main()
    shown: list[tuple[int, float]] = []
    network, summary = classifier.trained(data.train, data.test, JUDGING, 5, CPU, lambda *epoch: shown.append(epoch))
    assert ClassifierSummary.load(METRICS / "classifier.json") == summary
    weights = classifier.load(CLASSIFIER).state_dict()
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())
    assert capsys.readouterr().out.splitlines() == [
        *(f"classifier epoch {epoch}/2 loss {loss:.4f} nats" for epoch, loss in shown),
        f"classifier: {summary.accuracy:.2%} of the test images told",
    ]


@pytest.mark.usefixtures("repository")
def test_baselines_writes_the_yardsticks(data: evaluation.EvaluationData) -> None:
    classifier.save(data.classifier, CLASSIFIER)
    baselines_stage.main()
    assert Baselines.load(METRICS / "baselines.json") == evaluation.baselines(data, (2, 3), 5)


@pytest.mark.usefixtures("repository")
def test_evaluate_writes_all_that_it_measures_of_its_own_variant(
    data: evaluation.EvaluationData, own: TrainingInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[tuple[str, Evaluation]] = []
    monkeypatch.setattr(evaluate_stage.trainings, "add_results", lambda *result: added.append(result))
    classifier.save(data.classifier, CLASSIFIER)
    for seed, name in enumerate(("other", "linear")):
        model = models.build(NETWORK, seed)
        models.save(model, MODELS / f"{name}.safetensors")
        Snapshots(data.test.images[None, seed : seed + 20]).save(SNAPSHOTS / f"{name}.zip")
    evaluate_stage.main("linear")
    kept = Snapshots(data.test.images[None, 1:21])
    model, digest = models.load(MODELS / "linear.safetensors"), sha256(MODELS / "linear.safetensors")
    expected, images, learning = evaluation.evaluate(model, digest, kept, data, own)
    assert Evaluation.load(METRICS / "evaluate" / "linear.json") == expected
    found = EvaluationImages.load(EVALUATION / "linear.safetensors")
    assert all(torch.equal(value, tensors(found)[name]) for name, value in tensors(images).items())
    written = History.load(PLOTS / "evaluate" / "linear" / "through-training.csv")
    assert written == History([1], learning.columns)
    assert added == [("linear", expected)]
