"""The best network of each purpose, registered in a real SQLite store."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import math
from collections.abc import Callable
from pathlib import Path

import logged
import mlflow
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from hourglass.files import sha256
from hourglass.tracking import Goal, Registered
from hourglass.tracking.registration import goals
from hourglass.tracking.store import connect, place

SMALLEST = Goal("reconstruction", "compare.mse", smallest=True, same={"compare.noise_sigma": 0.3})
LARGEST = Goal("denoising", "compare.gaussian", smallest=False)

Train = Callable[..., logged.Network]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "a repository"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in logged.OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(root))


@pytest.fixture
def client() -> MlflowClient:
    return connect(place())


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    """Each test's own: the store is shared, as it takes seconds to make."""
    return tmp_path.name


@pytest.fixture
def name(dataset: str) -> str:
    """What the best network for reconstruction is registered as."""
    return f"hourglass-{dataset}-reconstruction"


@pytest.fixture
def train(tmp_path: Path, dataset: str) -> Train:
    """`train("linear", seed, mse=0.02)` puts a training on record; its network's weights follow from the seed."""

    def put(name: str, seed: int, sigma: float = 0.3, collapsed: bool = False, **scores: float) -> logged.Network:
        scores |= {"noise_sigma": sigma, "collapsed": float(collapsed)}
        results = {f"compare.{key}": value for key, value in scores.items()}
        return logged.log(tmp_path / "model.safetensors", dataset, name, {}, results, seed)

    return put


def versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    return sorted(client.search_model_versions(f"name = '{name}'"), key=lambda version: version.version)


def test_the_best_is_registered_and_says_what_it_is(
    client: MlflowClient, train: Train, tmp_path: Path, dataset: str, name: str
) -> None:
    train("linear", 0, mse=0.03)
    train("strided latent=2", 1, mse=0.01)
    digest = sha256(tmp_path / "model.safetensors")
    train("selu", 2, mse=0.02)
    assert tracking.register_best(dataset, SMALLEST) == Registered(name, "best", 1, "strided latent=2", 0.01)
    found = client.get_model_version_by_alias(name, "best")
    assert found.tags == {
        "variant": "strided",
        "run": "strided latent=2",
        "model.sha256": digest,
        "compare.mse": "0.01",
    }
    assert client.get_run(found.run_id).info.run_name == "strided latent=2"


def test_the_largest_figure_can_be_the_best(train: Train, dataset: str) -> None:
    train("linear", 0, gaussian=15.0)
    train("denoising", 1, gaussian=18.0)
    found = tracking.register_best(dataset, LARGEST)
    assert found == Registered(f"hourglass-{dataset}-denoising", "best", 1, "denoising", 18.0)


def test_registering_again_changes_nothing(client: MlflowClient, train: Train, dataset: str, name: str) -> None:
    train("linear", 0, mse=0.02)
    first = tracking.register_best(dataset, SMALLEST)
    train("linear", 0, mse=0.02)  # another training that came out the same, byte for byte
    assert tracking.register_best(dataset, SMALLEST) == first
    assert len(versions(client, name)) == 1


def test_the_alias_moves_to_a_better_network_and_not_to_a_worse_one(
    client: MlflowClient, train: Train, dataset: str, name: str
) -> None:
    seen = []
    for seed, mse in enumerate((0.02, 0.03, 0.01)):
        train(f"seed {seed}", seed, mse=mse)
        found = tracking.register_best(dataset, SMALLEST)
        assert found is not None
        seen.append((found.version, found.run))
    assert seen == [(1, "seed 0"), (1, "seed 0"), (2, "seed 2")]
    assert client.get_registered_model(name).aliases == {"best": 2}


def test_the_alias_moves_back_when_the_best_run_is_deleted(
    client: MlflowClient, train: Train, dataset: str, name: str
) -> None:
    train("linear", 0, mse=0.02)
    tracking.register_best(dataset, SMALLEST)
    train("strided", 1, mse=0.01)
    tracking.register_best(dataset, SMALLEST)
    client.delete_run(client.get_model_version_by_alias(name, "best").run_id)
    assert tracking.register_best(dataset, SMALLEST) == Registered(name, "best", 1, "linear", 0.02)
    assert len(versions(client, name)) == 2


def test_a_run_whose_network_was_deleted_is_passed_over(
    client: MlflowClient, train: Train, dataset: str, name: str
) -> None:
    train("linear", 0, mse=0.02)
    train("strided", 1, mse=0.01)
    experiment = client.get_experiment_by_name(f"hourglass-{dataset}").experiment_id
    [model] = client.search_logged_models([experiment], "tags.`mlflow.runName` = 'strided'")
    client.delete_logged_model(model.model_id)
    assert tracking.register_best(dataset, SMALLEST) == Registered(name, "best", 1, "linear", 0.02)


@pytest.mark.parametrize(
    "other",
    [{"mse": 0.01, "collapsed": True}, {"mse": 0.01, "sigma": 0.2}, {"mse": math.nan}, {"psnr": 30.0}],
    ids=["collapsed", "measured under other noise", "not a number", "not measured"],
)
def test_what_does_not_compare_does_not_compete(train: Train, other: dict[str, float], dataset: str) -> None:
    train("other", 1, **other)
    assert tracking.register_best(dataset, SMALLEST) is None
    train("linear", 0, mse=0.02)
    found = tracking.register_best(dataset, SMALLEST)
    assert found is not None
    assert found.run == "linear"


def test_a_training_that_broke_off_does_not_compete(train: Train, client: MlflowClient, dataset: str) -> None:
    train("broken", 0, mse=0.01)
    [run] = client.search_runs([client.get_experiment_by_name(f"hourglass-{dataset}").experiment_id])
    client.set_terminated(run.info.run_id, "FAILED")
    assert tracking.register_best(dataset, SMALLEST) is None


def test_the_same_network_is_registered_anew_where_its_version_was_deleted(
    client: MlflowClient, train: Train, dataset: str, name: str
) -> None:
    train("linear", 0, mse=0.02)
    tracking.register_best(dataset, SMALLEST)
    client.delete_run(client.get_model_version_by_alias(name, "best").run_id)
    assert tracking.register_best(dataset, SMALLEST) is None
    assert client.get_registered_model(name).aliases == {}
    train("linear", 0, mse=0.02)
    assert tracking.register_best(dataset, SMALLEST) == Registered(name, "best", 2, "linear", 0.02)


def test_networks_compete_for_denoising_under_the_noise_they_were_measured_with(train: Train, dataset: str) -> None:
    (_, goal) = (goal for goal, _ in goals({"sigma": 0.1, "occlusion": 12}))
    train("weaker noise", 0, sigma=0.05, gaussian=25.0)
    train("as strong", 1, sigma=0.1, gaussian=18.0)
    found = tracking.register_best(dataset, goal)
    assert found is not None
    assert found.run == "as strong"


def test_the_network_is_loaded_by_its_alias(
    root: Path, train: Train, monkeypatch: pytest.MonkeyPatch, dataset: str, name: str
) -> None:
    network = train("linear", 0, mse=0.02)
    tracking.register_best(dataset, SMALLEST)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@best")
    images = torch.rand(5, 1, 28, 28)
    with torch.no_grad():
        np.testing.assert_allclose(loaded.predict(images.numpy()), network(images).numpy(), atol=1e-6)
