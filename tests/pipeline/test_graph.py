"""What is read from `dvc dag`, and what follows from it."""

import pytest

from hourglass.errors import UserError
from hourglass.runner.graph import Graph

DOT = """strict digraph {
"download";
"prepare";
"baselines";
"train@a";
"train@b";
"classifier";
"evaluate@a";
"compare";
"download" -> "prepare";
"prepare" -> "train@a";
"prepare" -> "train@b";
"prepare" -> "classifier";
"classifier" -> "baselines";
"classifier" -> "evaluate@a";
"train@a" -> "evaluate@a";
"evaluate@a" -> "compare";
"baselines" -> "compare";
}
"""
GRAPH = Graph.parse(DOT)


def test_stages_keep_the_order_in_which_dvc_lists_them() -> None:
    assert list(GRAPH) == [
        "download",
        "prepare",
        "baselines",
        "train@a",
        "train@b",
        "classifier",
        "evaluate@a",
        "compare",
    ]
    assert GRAPH.needs["evaluate@a"] == ("train@a", "classifier")
    assert GRAPH.needs["download"] == ()


def test_no_stages_are_a_graph_too() -> None:
    assert list(Graph.parse("strict digraph {\n}\n")) == []


def test_what_a_stage_needs_comes_before_it_and_else_the_listed_order_holds() -> None:
    assert GRAPH.in_order() == [
        *("download", "prepare", "classifier", "baselines", "train@a", "train@b", "evaluate@a", "compare"),
    ]


def test_downstream_and_upstream_of_a_stage() -> None:
    assert GRAPH.downstream({"classifier"}) == {"classifier", "baselines", "evaluate@a", "compare"}
    assert GRAPH.downstream({"train@b"}) == {"train@b"}
    assert GRAPH.upstream({"baselines"}) == {"baselines", "classifier", "prepare", "download"}


def test_the_longest_path_goes_through_the_slowest_followers() -> None:
    seconds = {"classifier": 1.0, "baselines": 9.0, "evaluate@a": 5.0, "train@a": 2.0, "compare": 3.0}
    assert GRAPH.longest_paths(seconds) == {
        "compare": 3.0,
        "evaluate@a": 8.0,
        "train@a": 10.0,
        "baselines": 12.0,
        "classifier": 13.0,
    }


def test_a_target_is_a_stage_or_all_stages_of_a_kind() -> None:
    assert GRAPH.named(["train", "classifier"]) == {"train@a", "train@b", "classifier"}
    assert GRAPH.named(["train@b"]) == {"train@b"}
    with pytest.raises(UserError, match=r"^'tain' is no stage of dvc\.yaml; it has download, prepare, .*, compare$"):
        GRAPH.named(["tain"])
