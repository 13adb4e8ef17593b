"""Pipeline runner that works like `dvc repro`, but runs several stages at a time."""

import sys
import time
from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from signal import Signals

from rich.console import Console

from hourglass.errors import UserError
from hourglass.runner import commands, display, estimate, lockfile, machine
from hourglass.runner.display import Display, clock
from hourglass.runner.graph import Graph
from hourglass.runner.processes import End, Event, Line, Processes
from hourglass.runner.schedule import Outcome, Schedule
from hourglass.settings import params
from hourglass.signals import RESUME

LAST_LINES = 40  # of a stage's output, printed if it fails
SHOWN = ("***", "warning", "WARNING")  # beginnings of lines that are shown at once
TICK_SECONDS = 0.5


def repro(stale: Collection[str], targets: Collection[str], requested_jobs: int | None) -> int:
    """Run the stale stages and the stages affected by their changed outputs, and return the exit status.

    Args:
        stale: stages that are out of date.
        targets: stages to run, together with their dependencies, if they are out of date. Empty for all stages.
        requested_jobs: number of stages to run at a time, or None to derive it from the cores and the free memory.
    """
    graph, settings = Graph.load(), params.load()
    selected = graph.upstream(graph.select(targets)) if targets else set(graph)
    jobs, reason = machine.jobs(requested_jobs, settings.runtime.threads)
    schedule = Schedule(graph, stale, selected, {stage: estimate.seconds(stage, settings) for stage in graph})
    if not schedule.planned:
        print(commands.UP_TO_DATE)
        return 0
    print(f"{len(schedule.planned)} of {len(graph)} stages to run, {reason}", flush=True)
    finished = run(schedule, jobs)
    if finished.status:
        print(f"{'error: ' if finished.status == 1 else ''}{finished.message()}", file=sys.stderr)
        return finished.status
    done = commands.run("repro", *targets)  # DVC would run any remaining stages; normally there are none
    if done.returncode:
        raise UserError(commands.problem(done))
    return 0


def run(schedule: Schedule, jobs: int) -> "Run":
    """Run the planned stages of a schedule, print the time and memory used by each stage, and sort dvc.lock.

    Args:
        schedule: stages to run. The outcome of each stage is recorded in the schedule.
        jobs: maximum number of stages to run at a time.

    Returns:
        The finished run. Its `status` is 0 on success, 1 after a failure, or 128 + N if signal number N stopped it.
    """
    console, start, before = Console(), time.monotonic(), lockfile.read()
    processes = Processes(commands.environment())
    with processes.signals_as_events(), Display(console, len(schedule.planned)) as shown:
        this = Run(schedule, jobs, processes, shown, before)
        this.loop()
    lockfile.sort(before, schedule.graph.in_order())
    display.show_usage(console, this.usage, time.monotonic() - start, jobs)
    return this


@dataclass
class Run:
    """State of a pipeline run.

    Attributes:
        jobs: maximum number of stages to run at a time.
        before: text of dvc.lock before the run.
        usage: exit and outcome text of each stage that has ended, keyed by stage.
        signal: signal that stopped the run, or None.
    """

    schedule: Schedule
    jobs: int
    processes: Processes
    display: Display
    before: str
    usage: dict[str, tuple[End, str]] = field(default_factory=dict)
    signal: Signals | None = None
    _lines: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=LAST_LINES)))
    _retries: dict[str, float] = field(default_factory=dict)
    _waited: set[str] = field(default_factory=set)

    @property
    def status(self) -> int:
        """Exit status: 0 on success, 1 after a failure, or 128 + N if signal number N stopped the run."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.schedule.with_outcome(Outcome.FAILED) else 0

    def message(self) -> str:
        """Return a one-line error message, or an empty string if the run succeeded."""
        if self.signal is not None:
            return f"interrupted by {self.signal.name}; {RESUME}"
        failed, skipped = (", ".join(self.schedule.with_outcome(one)) for one in (Outcome.FAILED, Outcome.SKIPPED))
        message = f"{failed} failed (see above)" if failed else ""
        return f"{message}; skipped, as a dependency failed: {skipped}" if skipped else message

    def loop(self) -> None:
        """Run stages until every planned stage has an outcome or a signal arrives, then stop all child processes."""
        try:
            while self.signal is None:
                self._start_ready()
                if not self.processes and not self._retries:
                    return
                self._handle(self.processes.next_event(TICK_SECONDS))
        finally:
            self.processes.stop()

    def _start_ready(self) -> None:
        for stage in [stage for stage, due in self._retries.items() if due <= time.monotonic()]:
            del self._retries[stage]
            self.processes.start(stage, commands.single_stage(stage))
        while len(self.schedule.running) < self.jobs and (following := self.schedule.next()) is not None:
            self.schedule.start(following)
            self.processes.start(following, commands.single_stage(following))
            self.display.begin(following)

    def _handle(self, event: Event | None) -> None:
        match event:
            case Line(stage, text):
                kind, _, variant = stage.partition("@")
                if not self.display.read_epoch(stage, text) and text.startswith((f"{variant or kind}: ", *SHOWN)):
                    self.display.say(text)
                self._lines[stage].append(text)
            case End():
                self._end(event)
            case Signals():
                self.signal = event
                self.display.say(f"{event.name}: stopping the running stages")

    def _end(self, end: End) -> None:
        stage, output = end.name, "\n".join(self._lines.pop(end.name, ()))
        if end.status and commands.blocked(output):  # another DVC process uses its files: retried, without limit
            if stage not in self._waited:
                self.display.say(f"{stage} waits for another DVC process that uses the same files")
            self._waited.add(stage)
            self._retries[stage] = time.monotonic() + commands.RETRY_SECONDS
            return
        outcome = self._outcome(end)
        cached = outcome is not Outcome.FAILED and "is cached - skipping run" in output
        text = "restored from DVC's cache" if cached else "" if outcome is Outcome.CHANGED else outcome.value
        self.usage[stage] = (end, text)
        self.schedule.end(stage, outcome)
        done, planned = len(self.schedule.outcomes), len(self.schedule.planned)
        done -= len(self.schedule.with_outcome(Outcome.SKIPPED))
        self.display.end(stage, done)
        self.display.say(f"{stage} {text or 'ended'} after {clock(end.wall_seconds)}, {done} of {planned} done")
        if outcome is Outcome.FAILED:
            self.display.say("\n".join(f"  {line}" for line in output.splitlines()))

    def _outcome(self, end: End) -> Outcome:
        if end.status:
            return Outcome.FAILED
        after = lockfile.outputs(lockfile.read(), end.name)
        same = after is not None and after == lockfile.outputs(self.before, end.name)
        return Outcome.UNCHANGED if same else Outcome.CHANGED
