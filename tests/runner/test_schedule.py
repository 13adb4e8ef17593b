"""Which stage starts next; no process is started here."""

from collections.abc import Collection

from hourglass.runner.graph import Graph
from hourglass.runner.schedule import Outcome, Schedule

NEEDS = {
    "prepare": (),
    "train@long": ("prepare",),
    "train@short": ("prepare",),
    "evaluate@long": ("train@long",),
    "evaluate@short": ("train@short",),
    "alone": ("prepare",),
    "compare": ("evaluate@long", "evaluate@short"),
}
GRAPH = Graph(NEEDS)
SECONDS = {"train@long": 100.0, "train@short": 10.0, "alone": 30.0} | {
    stage: 5.0 for stage in NEEDS if stage.startswith(("evaluate", "prepare", "compare"))
}


def schedule(stale: Collection[str] = tuple(NEEDS), selected: Collection[str] = tuple(NEEDS)) -> Schedule:
    return Schedule(GRAPH, stale, selected, SECONDS)


def simulate(plan: Schedule, jobs: int) -> list[tuple[float, str]]:
    """Return when each stage starts if it takes as long as estimated."""
    now, starts, ends = 0.0, [], {}
    while True:
        while len(ends) < jobs and (stage := plan.next()) is not None:
            plan.start(stage)
            starts.append((now, stage))
            ends[stage] = now + SECONDS[stage]
        if not ends:
            return starts
        stage = min(ends, key=ends.__getitem__)
        now = ends.pop(stage)
        plan.end(stage, Outcome.CHANGED)


def test_the_longest_chain_comes_first_and_a_trained_variant_is_evaluated_while_another_trains() -> None:
    stages = [stage for _, stage in simulate(schedule(), jobs=1)]
    assert stages == ["prepare", "train@long", "alone", "train@short", "evaluate@long", "evaluate@short", "compare"]
    assert simulate(schedule(), jobs=2) == [
        (0.0, "prepare"),
        (5.0, "train@long"),
        (5.0, "alone"),
        (35.0, "train@short"),
        (45.0, "evaluate@short"),
        (105.0, "evaluate@long"),
        (110.0, "compare"),
    ]


def test_selected_stages_are_planned_if_they_or_their_dependencies_are_stale() -> None:
    assert schedule(stale={"train@short"}).planned == ["train@short", "evaluate@short", "compare"]
    assert schedule(stale=set()).planned == []
    selected = GRAPH.upstream(GRAPH.select(["evaluate@short"]))
    assert schedule(selected=selected).planned == ["prepare", "train@short", "evaluate@short"]
    assert schedule(stale={"alone"}, selected=selected).planned == []


def test_a_stale_stage_runs_even_if_its_dependencies_are_unchanged() -> None:
    plan = schedule(stale={"prepare", "evaluate@short", "train@long"})
    plan.start("prepare")
    plan.end("prepare", Outcome.UNCHANGED)
    plan.start("train@long")
    plan.end("train@long", Outcome.UNCHANGED)
    assert plan.outcomes["evaluate@long"] is Outcome.UNCHANGED
    assert plan.next() == "evaluate@short"
    plan.start("evaluate@short")
    plan.end("evaluate@short", Outcome.CHANGED)
    assert plan.next() == "compare"  # one changed dependency is enough
