"""A plan on this machine: how long it will take, and the running of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from hourglass.ci.plan import Plan
from hourglass.runner import estimate
from hourglass.runner.machine import Machine
from hourglass.runner.report import Report
from hourglass.runner.repro import run
from hourglass.runner.schedule import Outcome, Schedule
from hourglass.settings import params


@dataclass(frozen=True)
class Done:
    """What became of a stage. words: the same for the reader. seconds: None where it did not start."""

    outcome: Outcome
    words: str
    seconds: float | None = None


@dataclass(frozen=True)
class Work:
    """seconds: estimated, of every stage. jobs: stages at a time. how: why so many, in words."""

    plan: Plan
    seconds: Mapping[str, float]
    machine: Machine
    jobs: int
    how: str

    @classmethod
    def of(cls, plan: Plan, jobs: int | None) -> "Work":
        """jobs: as asked for. Raises UserError where params.yaml is not valid."""
        settings, machine = params.load(), Machine.this()
        seconds = {stage: estimate.seconds(stage, settings) for stage in plan.graph}
        return cls(plan, seconds, machine, *machine.jobs(jobs, settings.runtime.threads))

    @property
    def minutes(self) -> float:
        return self.plan.minutes(self.seconds, self.jobs)

    def done(self) -> tuple[int, dict[str, Done]]:
        """Run it. Returns the exit status, and what became of each stage that was decided."""
        schedule = Schedule(self.plan.graph, self.plan.due, self.plan.stages, self.seconds)
        report = Report(self.jobs, self.machine.cores)
        status = run(schedule, self.seconds, report, (), check=False)
        return status, {stage: _done(stage, outcome, report) for stage, outcome in schedule.outcomes.items()}


def _done(stage: str, outcome: Outcome, report: Report) -> Done:
    usage = report.stages.get(stage)
    if usage is not None:
        return Done(outcome, usage.outcome or "ran", usage.wall_seconds)
    return Done(
        outcome, outcome.value if outcome is Outcome.NOT_STARTED else "not run: what it needs came out as it was"
    )
