"""Run what a change concerns, and no more than there is time for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hourglass.ci import reasons
from hourglass.ci.base import Base
from hourglass.ci.copies import Copies, copies
from hourglass.ci.plan import Plan
from hourglass.ci.state import State
from hourglass.errors import UserError
from hourglass.runner import commands
from hourglass.runner.schedule import Outcome

if TYPE_CHECKING:
    from hourglass.ci.work import Work

SHOWN = 4  # results that are named


@dataclass(frozen=True)
class Ran:
    """A stage that was to run. outcome: in words. seconds: None where it did not start."""

    stage: str
    why: str
    outcome: str
    seconds: float | None = None


@dataclass
class Rerun:
    """limit: minutes that all may take. look: tells anew how things stand. jobs: stages at a time, as asked for."""

    base: Base
    limit: float
    look: Callable[[], State]
    jobs: int | None = None
    ran: list[Ran] = field(default_factory=list)

    def whole(self) -> None:
        """Run until nothing that the change concerns is out of date.

        Raises UserError before anything runs for which there is no time, or where a stage has failed.
        """
        state, start = self.look(), time.monotonic()
        if commands.SETTINGS in state.changed:  # a moment; only then is it known what else changed
            self._run_settings(state)
            state = self.look()
        # a stage that was made anew may have come out otherwise, as on another processor; then the next round sees it
        while (plan := Plan.of(state.graph, state.changed, state.missing, state.reads)).stages:
            if again := {one.stage for one in self.ran if one.seconds is not None} & plan.due:
                raise UserError(
                    f"{', '.join(sorted(again))} ran and is out of date all the same; `dvc status` says why"
                )
            self._run(plan, state, (time.monotonic() - start) / 60)
            state = self.look()

    def _run_settings(self, state: State) -> None:
        alone = frozenset([commands.SETTINGS])
        why = reasons.why(Plan(state.graph, alone, alone, {}), state.changed, self.base)[commands.SETTINGS]
        start = time.monotonic()
        with copies(state.tracked[commands.SETTINGS]) as before:
            try:
                commands.run_first(commands.SETTINGS)
            except UserError:
                before.put_back(state.tracked[commands.SETTINGS])
                self.ran.append(Ran(commands.SETTINGS, why, "FAILED", time.monotonic() - start))
                raise
        self.ran.append(Ran(commands.SETTINGS, why, "ran", time.monotonic() - start))

    def _run(self, plan: Plan, state: State, spent: float) -> None:
        """spent: minutes that are gone."""
        # not waited for where there is nothing to run
        from hourglass.ci.work import Work  # noqa: PLC0415

        work = Work.of(plan, self.jobs)
        if spent + work.minutes > self.limit:
            raise UserError(too_long(plan, work.minutes, self.limit, spent))
        print(
            f"{len(plan.stages)} of {len(plan.graph.needs)} stages, about {_about(work.minutes)}; {work.how}",
            flush=True,
        )
        with copies(path for stage in plan.stages for path in state.tracked[stage]) as before:
            self._work(work, state, before)

    def _work(self, work: "Work", state: State, before: Copies) -> None:
        plan = work.plan
        why = reasons.why(plan, state.changed, self.base)
        status, done = work.done()
        self.ran += [
            Ran(stage, why[stage], done[stage].words, done[stage].seconds) for stage in plan.stages if stage in done
        ]
        if status:
            ended = {stage for stage in done if done[stage].outcome in (Outcome.CHANGED, Outcome.UNCHANGED)}
            # DVC removes a stage's results before it runs, which may write some of them and then fail
            before.put_back(path for stage in plan.stages if stage not in ended for path in state.tracked[stage])
            failed = [stage for stage in plan.stages if stage in done and done[stage].outcome is Outcome.FAILED]
            raise UserError(f"{', '.join(failed)} failed" if failed else "ended before all stages had run")


def too_long(plan: Plan, minutes: float, limit: float, spent: float) -> str:
    """One sentence: what is missing, how long it takes to make it beside the time that is gone, what to do."""
    lacking = [path for stage in plan.stages for path in plan.remade.get(stage, ())]
    ways = "raise CI_MINUTES, or run `make repro` where there is time, then `dvc push --run-cache`, and commit dvc.lock"
    gone = f" after the {_about(spent)} that went before" if minutes <= limit or spent >= 0.5 else ""
    took = f"would take about {_about(minutes)} here{gone}, more than the {limit:g} of CI_MINUTES"
    if not lacking:
        return f"the {len(plan.stages)} stages that this change concerns, {_named(plan.stages)}, {took}; {ways}"
    return (
        f"this change needs {_named(lacking)}, which {'is' if len(lacking) == 1 else 'are'} neither in DVC's cache "
        f"here nor in a remote, and {len(plan.stages)} stages {took}; "
        f"name a remote that has it (`dvc remote add`), {ways}"
    )


def _named(items: list[str]) -> str:
    shown = ", ".join(items[:SHOWN])
    return shown if len(items) <= SHOWN else f"{shown} and {len(items) - SHOWN} more"


def _about(minutes: float) -> str:
    whole = max(1, round(minutes))
    return f"{whole} minute{'' if whole == 1 else 's'}"
