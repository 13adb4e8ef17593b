"""Each kind of gradient descent has an MLflow run of its own, in a real store, while it runs and when all have run."""

from hourglass import tracking  # noqa: F401  first: it quietens mlflow, which reads its settings while it is imported

# isort: split
from pathlib import Path

import pytest
from logged import OURS
from mlflow import MlflowClient
from mlflow.entities import Run

from hourglass import sgd
from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.paths import IMAGES
from hourglass.settings.params import LearningRates, Passes, SgdVariants
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Outcome, Split
from hourglass.tracking.sgd import SECONDS, Runs

NETWORK = NetworkSpec.model_validate({"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}})
METHODS = ("stochastic", "mini-batch", "full-batch")


def settings(network: NetworkSpec = NETWORK, rate: float = 1.0) -> SgdConfig:
    rates = LearningRates(stochastic=0.1, mini_batch=0.5, full_batch=rate)
    passes = Passes(stochastic=2, mini_batch=3, full_batch=4)
    ways = SgdVariants(images=50, passes=passes, target=0.9, batch_size=16, learning_rate=rates)
    return SgdConfig(seed=1, dataset="digits", network=network, loss="squared_error", sgd=ways, libraries={})


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Images) -> Path:
    """With data and a store of its own."""
    for name in (*OURS, "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    digits.save(IMAGES / "train.safetensors")
    return tmp_path


@pytest.fixture(scope="module")
def images(digits: Images) -> Split:
    return Split(digits.images[:80], digits.images[80:110])


class Logged:
    """What MLflow has on record."""

    def __init__(self, folder: Path) -> None:
        self.client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")

    def runs(self) -> dict[str, Run]:
        experiment = self.client.get_experiment_by_name("hourglass-digits-sgd")
        assert experiment is not None
        return {run.info.run_name: run for run in self.client.search_runs([experiment.experiment_id])}

    def curve(self, run: Run, metric: str) -> list[tuple[int, float]]:
        return [(point.step, point.value) for point in self.client.get_metric_history(run.info.run_id, metric)]


def test_each_method_has_a_run_of_its_own(folder: Path, images: Split, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(settings())
    found = sgd.study(settings(), images, runs.follow)
    printed = capsys.readouterr().out
    runs.finish(found)
    store = Logged(folder)
    assert set(store.runs()) == {f"sgd {name}" for name in METHODS}
    _says_what_went_in(store.runs()["sgd mini-batch"])
    for name in METHODS:
        _has_its_own_curves_and_figures(store, found, name)
        _has_the_pictures_and_all_sentences(store, found, name)
    assert SECONDS.exists()
    _passes_are_shown(printed, found)


def _says_what_went_in(run: Run) -> None:
    assert run.info.status == "FINISHED"
    expected = {
        "variant": "linear",
        "seed": "1",
        "data.dataset": "digits",
        "device": "cpu",
        "network.latent": "3",
        "network.code": "relu",
        "loss": "squared_error",
        "sgd.method": "mini-batch",
        "sgd.images": "50",
        "sgd.passes": "3",
        "sgd.batch_size": "16",
        "sgd.learning_rate": "0.5",
    }
    assert expected.items() <= run.data.params.items()
    tags = {"sgd.method": "mini-batch", "data.sha256": sha256(IMAGES / "train.safetensors"), "dataset": "digits"}
    assert tags.items() <= run.data.tags.items()


def _has_its_own_curves_and_figures(store: Logged, found: Outcome, name: str) -> None:
    run = store.runs()[f"sgd {name}"]
    columns = {**found.curves.methods[name], "seconds": found.timing.seconds[name]}
    whole = [place for place, passes in enumerate(columns["passes"]) if passes % 1 == 0]
    for metric in ("updates", "train_mse", "test_mse", "seconds"):
        assert store.curve(run, metric) == [(number, columns[metric][place]) for number, place in enumerate(whole)]
    metrics, row = run.data.metrics, found.study.methods[name]
    assert metrics["gradient_agreement_trained"] == row.gradient_agreement_trained
    assert metrics.get("passes_to_target") == row.passes_to_target
    assert metrics["images_per_second"] == found.timing.figures[name]["images_per_second"]
    assert not {"batch_size", "learning_rate"} & metrics.keys()


def _has_the_pictures_and_all_sentences(store: Logged, found: Outcome, name: str) -> None:
    run_id = store.runs()[f"sgd {name}"].info.run_id
    listed = {artifact.path for artifact in store.client.list_artifacts(run_id, "sgd-variants")}
    assert listed == {f"sgd-variants/{file}" for file in ("findings.txt", "losses.png", "seconds.png")}
    text = Path(store.client.download_artifacts(run_id, "sgd-variants/findings.txt")).read_text()
    assert text.splitlines() == [*found.study.findings, *found.timing.findings]


def _passes_are_shown(printed: str, found: Outcome) -> None:
    lines = [line for line in printed.splitlines() if line.startswith("sgd")]
    assert len(lines) == 2 + 3 + 4
    loss, speed = found.curves.methods["stochastic"]["train_mse"][-1], 2 * 50 / found.timing.seconds["stochastic"][-1]
    assert lines[1].startswith(f"sgd stochastic epoch 2/2 loss {loss:.5f} test ")
    assert lines[1].endswith(f" {speed:,.0f} images/s")


def test_the_run_of_a_way_that_diverges_has_failed(folder: Path, images: Split) -> None:
    unbounded = settings(NETWORK.model_copy(update={"code": "none", "activation": "none"}), rate=1e38)
    with pytest.raises(UserError, match="full_batch"):
        sgd.study(unbounded, images, Runs(unbounded).follow)
    statuses = {name: run.info.status for name, run in Logged(folder).runs().items()}
    assert statuses == {"sgd stochastic": "FINISHED", "sgd mini-batch": "FINISHED", "sgd full-batch": "FAILED"}
