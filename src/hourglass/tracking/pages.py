"""The page of MLflow that opens on the curves.

As it comes, an experiment opens on bar charts, a hundred in alphabetical order, of its ten latest runs. A view that
someone has shared, which MLflow keeps in a tag of the experiment, opens as it was shared.
"""

import json
from typing import Any

from mlflow import MlflowClient

VIEW = "curves"
TRAINED, LEARNING = "after training", "after each epoch"  # what a run's images are called
CURVES = ("train_mse", "test_mse")
FIGURES = ("compare.psnr", "compare.gaussian")


def curves(client: MlflowClient, experiment: str) -> str:
    """Address, within MLflow's pages, of the curves of all runs of an experiment, its number given.

    Leaves the view it shows with the experiment.
    """
    client.set_experiment_tag(experiment, f"mlflow.sharedViewState.{VIEW}", json.dumps(_view()))
    return (
        f"#/experiments/{experiment}/runs?compareRunsMode=CHART&viewStateShareKey={VIEW}&workflowType=machine_learning"
    )


def _view() -> dict[str, Any]:
    """In the words of MLflow's pages: curves of all runs, what becomes of images epoch by epoch, what
    differs between runs; all other figures folded away."""
    lines = [_chart("Curves", "LINE", name, scaleType="log", selectedMetricKeys=[name]) for name in CURVES]
    bars = [_chart("Figures", "BAR", name) for name in FIGURES]
    images = [_chart("Images", "IMAGE", name, imageKeys=[name], step=1) for name in (TRAINED, LEARNING)]
    differences = _chart(
        "Parameters", "DIFFERENCE", compareGroups=["Parameters"], showDifferencesOnly=True, showChangeFromBaseline=False
    )
    return {
        "runsHiddenMode": "SHOW_ALL",
        "isAccordionReordered": True,
        "compareRunCharts": [*lines, *bars, *images, differences],
        "compareRunSections": [
            _section("Curves", columns=2, cardHeight=440),
            _section("Figures", columns=2),
            _section("Images", columns=1, cardHeight=440),
            _section("Parameters", columns=1, cardHeight=440),
            # MLflow's name for where it puts whatever has no chart yet
            _section("Model metrics", display=False),
        ],
    }


def _section(name: str, **settings: object) -> dict[str, Any]:
    return {"uuid": name, "name": name, "display": True, "isReordered": False, **settings}


def _chart(section: str, kind: str, metric: str = "", **settings: object) -> dict[str, Any]:
    common = {"uuid": metric or section, "type": kind, "metricSectionId": section, "metricKey": metric}
    return common | {"lineSmoothness": 0, "useGlobalLineSmoothing": False, **settings}
