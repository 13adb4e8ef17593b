"""`dvc repro` with several stages at a time."""

import signal
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import Console

from hourglass.runner import commands, display, lockfile
from hourglass.runner.display import Display, clock
from hourglass.runner.processes import End, Event, Interrupt, Line, Processes
from hourglass.runner.schedule import Outcome, Schedule

LAST_LINES = 40  # of a stage's output, printed if it fails
TICK_SECONDS = 0.5


def run(schedule: Schedule, jobs: int, command: Callable[[str], Sequence[str]] = commands.single_stage) -> "Run":
    """Run the planned stages of a schedule, print the usage of each, and sort dvc.lock.

    Args:
        schedule: the stages; their outcomes are recorded there.
        jobs: stages at a time.
        command: returns the command that runs a stage.

    Returns:
        The finished run; its `status` is 0, 1 after a failure, or 128 plus the number of the signal that stopped it.
    """
    console, start, before = Console(), time.monotonic(), lockfile.read()
    processes = Processes(commands.environment())
    with processes.signals_as_events(), Display(console, len(schedule.planned)) as shown:
        this = Run(schedule, jobs, processes, shown, before, command)
        this.loop()
    lockfile.sort(before, schedule.graph.in_order())
    display.show_usage(console, this.usage, time.monotonic() - start, jobs)
    return this


@dataclass
class Run:
    """State of one run; `before` is dvc.lock as it was."""

    schedule: Schedule
    jobs: int
    processes: Processes
    display: Display
    before: str
    command: Callable[[str], Sequence[str]]
    usage: dict[str, tuple[End, str]] = field(default_factory=dict)
    signal: int | None = None
    _lines: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=LAST_LINES)))
    _retries: dict[str, float] = field(default_factory=dict)
    _waited: set[str] = field(default_factory=set)

    @property
    def status(self) -> int:
        """Exit status, as a shell has it."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.schedule.with_outcome(Outcome.FAILED) else 0

    def message(self) -> str:
        """Return why a run did not succeed, in one line; empty if it did."""
        if self.signal is not None:
            return f"interrupted by {signal.Signals(self.signal).name}; rerun the same command to resume"
        failed, skipped = (self.schedule.with_outcome(one) for one in (Outcome.FAILED, Outcome.SKIPPED))
        message = f"{', '.join(failed)} failed (see above)" if failed else ""
        return f"{message}; skipped, as a dependency failed: {', '.join(skipped)}" if skipped else message

    def loop(self) -> None:
        """Run until each planned stage has an outcome or a signal arrives. No child process is left afterwards."""
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
            self.processes.start(stage, self.command(stage))
        while len(self.schedule.running) < self.jobs and (following := self.schedule.next()) is not None:
            self.schedule.start(following)
            self.processes.start(following, self.command(following))
            self.display.begin(following)

    def _handle(self, event: Event | None) -> None:
        match event:
            case Line(stage, text):
                self._read(stage, text)
            case End(stage, status) if status and commands.blocked("\n".join(self._lines[stage])):
                self._retry_later(stage)
            case End():
                self._end(event)
            case Interrupt(number):
                self.signal = number
                self.display.say(f"{signal.Signals(number).name}: stopping the running stages")

    def _read(self, stage: str, text: str) -> None:
        kind, _, variant = stage.partition("@")
        results = (f"{variant or kind}: ", "***", "warning", "WARNING")
        if not self.display.read_epoch(stage, text) and text.startswith(results) and not commands.is_routine(text):
            self.display.say(text)
        self._lines[stage].append(text)

    def _retry_later(self, stage: str) -> None:
        """Retry a stage later, without limit, because another DVC process is using its files."""
        if stage not in self._waited:
            self.display.say(f"{stage} waits for another DVC process that uses the same files")
        self._waited.add(stage)
        self._lines[stage].clear()
        self._retries[stage] = time.monotonic() + commands.RETRY_SECONDS

    def _end(self, end: End) -> None:
        stage, output = end.name, "\n".join(self._lines.pop(end.name, ()))
        outcome = self._outcome(end)
        cached = outcome is not Outcome.FAILED and "is cached - skipping run" in output
        text = "restored from DVC's cache" if cached else "" if outcome is Outcome.CHANGED else outcome.value
        self.usage[stage] = (end, text)
        self.schedule.end(stage, outcome)
        done = len(self.schedule.outcomes) - len(self.schedule.with_outcome(Outcome.SKIPPED))
        self.display.end(stage, done)
        planned = len(self.schedule.planned)
        self.display.say(f"{stage} {text or 'ended'} after {clock(end.wall_seconds)}, {done} of {planned} done")
        if outcome is Outcome.FAILED:
            self.display.say("\n".join(f"  {line}" for line in output.splitlines() if not commands.is_routine(line)))

    def _outcome(self, end: End) -> Outcome:
        if end.status:
            return Outcome.FAILED
        after = lockfile.outputs(lockfile.read(), end.name)
        same = after is not None and after == lockfile.outputs(self.before, end.name)
        return Outcome.UNCHANGED if same else Outcome.CHANGED
