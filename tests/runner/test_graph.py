"""The graph of stages: order, neighbours and longest chains."""

import pytest

from hourglass.errors import UserError
from hourglass.runner.graph import Graph

GRAPH = Graph(
    {
        "download": [],
        "prepare": ["download"],
        "baselines": ["classifier"],
        "train@a": ["prepare"],
        "train@b": ["prepare"],
        "classifier": ["prepare"],
        "evaluate@a": ["train@a", "classifier"],
        "compare": ["evaluate@a", "baselines"],
    }
)


def test_stages_keep_the_order_of_dvc_yaml() -> None:
    assert list(GRAPH)[:3] == ["download", "prepare", "baselines"]
    assert set(GRAPH["evaluate@a"]) == {"train@a", "classifier"}
    assert list(GRAPH["download"]) == []


def test_dependencies_come_first_in_the_order_of_a_run() -> None:
    assert GRAPH.in_order() == [
        *("download", "prepare", "classifier", "baselines", "train@a", "train@b", "evaluate@a", "compare")
    ]


def test_downstream_and_upstream_include_the_stages_themselves() -> None:
    assert GRAPH.downstream({"classifier"}) == {"classifier", "baselines", "evaluate@a", "compare"}
    assert GRAPH.downstream({"train@b"}) == {"train@b"}
    assert GRAPH.upstream({"baselines"}) == {"baselines", "classifier", "prepare", "download"}


def test_the_longest_path_includes_the_slowest_dependants() -> None:
    seconds = {"classifier": 1.0, "baselines": 9.0, "evaluate@a": 5.0, "train@a": 2.0, "compare": 3.0}
    assert GRAPH.longest_paths(seconds) == {
        "compare": 3.0,
        "evaluate@a": 8.0,
        "train@a": 10.0,
        "baselines": 12.0,
        "classifier": 13.0,
    }


def test_a_target_selects_one_stage_or_all_of_its_name() -> None:
    assert GRAPH.select(["train", "classifier"]) == {"train@a", "train@b", "classifier"}
    assert GRAPH.select(["train@b"]) == {"train@b"}
    with pytest.raises(UserError, match=r"^'tain' is not a stage of dvc\.yaml; choose from download, prepare, "):
        GRAPH.select(["tain"])
