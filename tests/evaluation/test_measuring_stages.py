"""The stages judge, baselines and evaluate, one after the other, on a small testbed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from synthetic import tensors

from hourglass import evaluation, judge, models
from hourglass.data.own import OwnInputs
from hourglass.files import sha256
from hourglass.paths import EVALUATION, IMAGES, INPUTS, JUDGE, KEPT, METRICS, MODELS, PLOTS
from hourglass.records import Baselines, Evaluation, EvaluationImages, History, JudgeSummary, TrainingImages
from hourglass.settings import stages as settings
from hourglass.settings.network import NetworkSpec
from hourglass.settings.params import JudgeSpec
from stages import baselines as baselines_stage
from stages import evaluate as evaluate_stage
from stages import judge as judge_stage

JUDGING = JudgeSpec(epochs=2, batch_size=32, learning_rate=0.002)
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
    testbed: evaluation.Testbed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed_params: Callable[[dict[str, Any]], Path],
) -> None:
    """A folder with all that these stages read, whose judge is yet to be trained."""
    monkeypatch.chdir(tmp_path)
    changed_params({"runtime.device": "cpu"})
    told = {
        "judge": settings.Judge(seed=5, judge=JUDGING, libraries={}),
        "baselines": settings.Baselines(seed=5, code_sizes=(2, 3), libraries={}),
        "evaluate": settings.Evaluate(seed=5, libraries={}),
        "train/linear": _training("gaussian"),
        "train/other": _training("none"),
    }
    settings.write(told)
    testbed.train.save(IMAGES / "train.safetensors")
    testbed.test.save(IMAGES / "test.safetensors")
    for name, inputs in testbed.inputs.items():
        inputs.save(INPUTS / name / "test.safetensors")


@pytest.mark.usefixtures("repository")
def test_the_judge_is_trained_on_training_images_and_measured_on_test_images(
    testbed: evaluation.Testbed, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_stage.main()
    shown: list[tuple[int, float]] = []
    network, summary = judge.trained(testbed.train, testbed.test, JUDGING, 5, CPU, lambda *epoch: shown.append(epoch))
    assert JudgeSummary.load(METRICS / "judge.json") == summary
    weights = judge.load(JUDGE).state_dict()
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())
    assert capsys.readouterr().out.splitlines() == [
        *(f"judge epoch {epoch}/2 loss {loss:.4f} nats" for epoch, loss in shown),
        f"judge: {summary.accuracy:.2%} of the test images told",
    ]


@pytest.mark.usefixtures("repository")
def test_baselines_writes_the_yardsticks(testbed: evaluation.Testbed) -> None:
    judge.save(testbed.judge, JUDGE)
    baselines_stage.main()
    assert Baselines.load(METRICS / "baselines.json") == evaluation.baselines(testbed, (2, 3), 5)


@pytest.mark.usefixtures("repository")
def test_evaluate_writes_all_that_it_measures_of_its_own_variant(
    testbed: evaluation.Testbed, own: OwnInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[tuple[str, Evaluation]] = []
    monkeypatch.setattr(evaluate_stage.trainings, "add_results", lambda *result: added.append(result))
    judge.save(testbed.judge, JUDGE)
    for seed, name in enumerate(("other", "linear")):
        model = models.build(NETWORK, seed)
        models.save(model, MODELS / f"{name}.safetensors")
        TrainingImages(testbed.test.images[None, seed : seed + 20]).save(KEPT / f"{name}.zip")
    evaluate_stage.main("linear")
    kept = TrainingImages(testbed.test.images[None, 1:21])
    model, digest = models.load(MODELS / "linear.safetensors"), sha256(MODELS / "linear.safetensors")
    expected, images, learning = evaluation.evaluate(model, digest, kept, testbed, own)
    assert Evaluation.load(METRICS / "evaluate" / "linear.json") == expected
    found = EvaluationImages.load(EVALUATION / "linear.safetensors")
    assert all(torch.equal(value, tensors(found)[name]) for name, value in tensors(images).items())
    written = History.load(PLOTS / "evaluate" / "linear" / "through-training.csv")
    assert written == History([1], learning.columns)
    assert added == [("linear", expected)]
