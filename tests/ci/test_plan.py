"""What is planned for a change: what follows from it, and what that needs and is not here."""

import pytest

from hourglass.ci.plan import Plan
from hourglass.runner.graph import Graph

NEEDS: dict[str, tuple[str, ...]] = {
    "download": (),
    "prepare": ("download",),
    "classifier": ("prepare",),
    "train": ("prepare",),
    "evaluate": ("train", "classifier", "prepare"),
    "draw": ("train",),
    "compare": ("evaluate",),
}
GRAPH = Graph(NEEDS)
READS = {stage: {before: (f"{before}.out",) for before in needs} for stage, needs in NEEDS.items()}
ALL = {stage: (f"{stage}.out",) for stage in NEEDS}


@pytest.mark.parametrize(
    ("changed", "missing", "following", "remade"),
    [
        ([], ALL, set(), []),
        (["compare"], {}, {"compare"}, []),
        (["compare"], {"train": ALL["train"]}, {"compare"}, []),  # it reads what was measured of it
        (["compare"], ALL, {"compare"}, ["download", "prepare", "classifier", "train", "evaluate"]),
        (["draw"], ALL, {"draw"}, ["download", "prepare", "train"]),
        (["train"], {"classifier": ALL["classifier"]}, {"train", "evaluate", "draw", "compare"}, ["classifier"]),
        # what follows may be passed over, and is then as little there as before
        (["prepare", "compare"], ALL, {*NEEDS} - {"download"}, ["download", "classifier", "train", "evaluate"]),
        (["prepare", "compare"], {"classifier": ALL["classifier"]}, {*NEEDS} - {"download"}, []),
        (["train", "draw"], ALL, {"train", "evaluate", "draw", "compare"}, ["download", "prepare", "classifier"]),
    ],
)
def test_what_runs(
    changed: list[str], missing: dict[str, tuple[str, ...]], following: set[str], remade: list[str]
) -> None:
    plan = Plan.of(GRAPH, changed, missing, READS)
    assert plan.following == following
    assert sorted(plan.remade) == sorted(remade)
    assert plan.due == {*changed, *remade}
    assert plan.stages == [stage for stage in GRAPH.in_order() if stage in following or stage in remade]


def test_a_result_that_is_missing_and_not_read_is_left() -> None:
    reads = {**READS, "evaluate": {**READS["evaluate"], "train": ("train.out",)}}
    plan = Plan.of(GRAPH, ["evaluate"], {"train": ("train.other",)}, reads)
    assert plan.remade == {}


def test_minutes_are_of_all_work_shared_or_of_the_longest_chain() -> None:
    plan = Plan.of(GRAPH, ["train"], {}, READS)
    seconds = {"train": 600.0, "evaluate": 60.0, "draw": 600.0, "compare": 60.0}
    assert plan.minutes(seconds, 1) == pytest.approx(22)
    assert plan.minutes(seconds, 8) == pytest.approx(20)  # a drawing after its training
    assert Plan.of(GRAPH, [], ALL, READS).minutes(seconds, 1) == 0
