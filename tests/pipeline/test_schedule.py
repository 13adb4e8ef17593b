"""What may run next: pure logic, no process is started."""

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


def _schedule(stale: Collection[str] = tuple(NEEDS), wanted: Collection[str] = tuple(NEEDS)) -> Schedule:
    return Schedule(GRAPH, stale, wanted, SECONDS)


def _simulated(schedule: Schedule, jobs: int, failing: Collection[str] = ()) -> list[tuple[float, str]]:
    """When each stage starts, if it takes as long as estimated."""
    now, starts, ends = 0.0, [], {}
    while True:
        while len(ends) < jobs and (stage := schedule.next()) is not None:
            schedule.start(stage)
            starts.append((now, stage))
            ends[stage] = now + SECONDS[stage]
        if not ends:
            return starts
        stage = min(ends, key=ends.__getitem__)
        now = ends.pop(stage)
        schedule.end(stage, Outcome.FAILED if stage in failing else Outcome.CHANGED)


def test_one_at_a_time_the_longest_way_first() -> None:
    stages = [stage for _, stage in _simulated(_schedule(), jobs=1)]
    assert stages == [
        *("prepare", "train@long", "alone", "train@short", "evaluate@long", "evaluate@short", "compare"),
    ]


def test_two_at_a_time_a_finished_training_is_evaluated_while_another_trains() -> None:
    assert _simulated(_schedule(), jobs=2) == [
        (0.0, "prepare"),
        (5.0, "train@long"),
        (5.0, "alone"),
        (35.0, "train@short"),
        (45.0, "evaluate@short"),
        (105.0, "evaluate@long"),
        (110.0, "compare"),
    ]


def test_no_stage_starts_before_what_it_needs_has_ended() -> None:
    for jobs in range(1, 8):
        starts = {stage: when for when, stage in _simulated(_schedule(), jobs)}
        assert starts.keys() == NEEDS.keys()
        for stage, needs in NEEDS.items():
            assert all(starts[stage] >= starts[before] + SECONDS[before] for before in needs)


def test_just_what_is_out_of_date_and_what_follows_is_planned() -> None:
    assert _schedule(stale={"train@short"}).planned == ["train@short", "evaluate@short", "compare"]
    assert _schedule(stale=set()).planned == []


def test_targets_keep_everything_else_from_running() -> None:
    wanted = GRAPH.upstream({"evaluate@short"})
    assert _schedule(wanted=wanted).planned == ["prepare", "train@short", "evaluate@short"]
    assert _schedule(stale={"alone"}, wanted=wanted).planned == []


def test_what_needs_a_failed_stage_does_not_start_and_the_rest_does() -> None:
    schedule = _schedule()
    started = [stage for _, stage in _simulated(schedule, jobs=2, failing={"train@long"})]
    assert started == ["prepare", "train@long", "alone", "train@short", "evaluate@short"]
    assert schedule.outcomes["evaluate@long"] is schedule.outcomes["compare"] is Outcome.NOT_STARTED
    assert schedule.outcomes["evaluate@short"] is Outcome.CHANGED


def test_a_stage_that_left_everything_as_it_was_is_followed_by_nothing() -> None:
    schedule = _schedule(stale={"prepare"})
    assert schedule.next() == "prepare"
    schedule.start("prepare")
    assert schedule.end("prepare", Outcome.UNCHANGED) == [stage for stage in schedule.planned if stage != "prepare"]
    assert schedule.next() is None


def test_what_is_out_of_date_by_itself_runs_whatever_came_before() -> None:
    schedule = _schedule(stale={"prepare", "evaluate@short"})
    schedule.start("prepare")
    assert schedule.end("prepare", Outcome.UNCHANGED) == ["train@long", "train@short", "evaluate@long", "alone"]
    assert schedule.next() == "evaluate@short"
    schedule.start("evaluate@short")
    assert schedule.end("evaluate@short", Outcome.UNCHANGED) == ["compare"]


def test_one_changed_input_is_enough() -> None:
    schedule = _schedule(stale={"train@long", "train@short"})
    for stage, outcome in (("train@long", Outcome.UNCHANGED), ("train@short", Outcome.CHANGED)):
        schedule.start(stage)
        schedule.end(stage, outcome)
    assert schedule.outcomes["evaluate@long"] is Outcome.UNCHANGED
    assert schedule.next() == "evaluate@short"
    schedule.start("evaluate@short")
    assert schedule.end("evaluate@short", Outcome.CHANGED) == []
    assert schedule.next() == "compare"
