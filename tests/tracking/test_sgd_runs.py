"""Test the runs of the gradient descent methods."""

from committed import PARAMS
from mlflow import MlflowClient

from hourglass import sgd
from hourglass.images import Images
from hourglass.paths import IMAGES
from hourglass.settings.params import PerKind
from hourglass.settings.stage_configs import SgdConfig, resolve
from hourglass.tracking.sgd import SgdRuns


def test_each_method_has_a_run_with_its_curves_and_the_results_of_the_study(
    client: MlflowClient, digits: Images
) -> None:
    digits.save(IMAGES / "train.safetensors")
    config = resolve(PARAMS)["sgd-variants"]
    assert isinstance(config, SgdConfig)
    passes = PerKind(stochastic=1, mini_batch=2, full_batch=3)
    small = config.sgd.model_copy(update={"images": 40, "passes": passes})
    config = config.model_copy(update={"sgd": small, "dataset": "digits"})
    runs = SgdRuns(config)
    outcome = sgd.study(config, sgd.Split(digits.images[:60], digits.images[60:80]), runs.follow)
    runs.finish(outcome)
    experiment = client.get_experiment_by_name("hourglass-digits-sgd")
    assert experiment is not None
    logged = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(logged) == {"sgd stochastic", "sgd mini-batch", "sgd full-batch"}
    run, columns = logged["sgd mini-batch"], outcome.curves.methods["mini-batch"]
    whole = [index for index, passes in enumerate(columns["passes"]) if passes % 1 == 0]
    points = client.get_metric_history(run.info.run_id, "train_mse")
    assert [(point.step, point.value) for point in points] == [
        (n, columns["train_mse"][i]) for n, i in enumerate(whole)
    ]
    assert run.info.status == "FINISHED"
    assert (run.data.params["sgd.name"], run.data.params["sgd.images"]) == ("mini-batch", "40")
    assert run.data.metrics["images_per_second"] == outcome.timing["mini-batch"]["images_per_second"]
    files = {file.path for file in client.list_artifacts(run.info.run_id, "sgd-variants")}
    assert files == {f"sgd-variants/{name}" for name in ("losses.png", "results.txt", "seconds.png")}
