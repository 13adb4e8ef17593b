"""Runs what a schedule allows, as many stages at a time as asked, and tells a display and a report of it."""

import signal
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from hourglass.runner import commands, lockfile
from hourglass.runner.display import Display, clock
from hourglass.runner.processes import End, Event, Interrupt, Line, Processes
from hourglass.runner.progress import Progress
from hourglass.runner.report import Report, Usage
from hourglass.runner.schedule import Outcome, Schedule

KEPT_LINES = 40  # of a stage's output, shown if it fails
TICK_SECONDS = 0.5


@dataclass
class Runner:
    """One run. command: what runs a stage. before: dvc.lock as it was. signal: what ended the run early, if any."""

    schedule: Schedule
    processes: Processes
    progress: Progress
    display: Display
    report: Report
    before: str
    command: Callable[[str], Sequence[str]] = commands.repro
    signal: int | None = None
    _lines: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT_LINES)))
    _retries: dict[str, float] = field(default_factory=dict)
    _waited: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Until every stage is decided, or this process is told to end; no child is left then."""
        try:
            while self.signal is None:
                self._start_what_may()
                if not self.processes and not self._retries:
                    return
                self._take_in(self.processes.next_event(TICK_SECONDS))
                self.display.ticked()
        finally:
            self.processes.stop()

    @property
    def failed(self) -> list[str]:
        return [stage for stage, outcome in self.schedule.outcomes.items() if outcome is Outcome.FAILED]

    @property
    def not_started(self) -> list[str]:
        return [stage for stage, outcome in self.schedule.outcomes.items() if outcome is Outcome.NOT_STARTED]

    def _start_what_may(self) -> None:
        for stage in [stage for stage, due in self._retries.items() if due <= time.monotonic()]:
            del self._retries[stage]
            self.processes.start(stage, self.command(stage))
        while len(self.schedule.running) < self.progress.jobs and (following := self.schedule.next()) is not None:
            self.schedule.start(following)
            self.progress.start(following)
            self.processes.start(following, self.command(following))
            self.display.started(following)

    def _take_in(self, event: Event | None) -> None:
        match event:
            case Line(name, text):
                self._read(name, text)
            case End(name, status) if status and commands.blocked("\n".join(self._lines[name])):
                self._postpone(name)
            case End():
                self._end(event)
            case Interrupt(number):
                self.signal = number
                self.display.say(f"{signal.Signals(number).name}: ending the stages that run")

    def _read(self, stage: str, text: str) -> None:
        running = self.progress.running[stage]
        if running.read(text, self.progress.clock()):
            self.display.advanced(running)
        elif not commands.is_chatter(text):
            # what a training came to, and what must not be overlooked
            kind, _, variant = stage.partition("@")
            if text.startswith((f"{variant or kind}: ", "***", "warning", "WARNING")):
                self.display.say(text)
        self._lines[stage].append(text)

    def _postpone(self, stage: str) -> None:
        """Another DVC process works on the stage's files: try again, as long as it takes."""
        if stage not in self._waited:
            self.display.say(f"{stage} waits for another DVC process that works on the same files:")
            self.display.say("\n".join(f"  {line}" for line in self._lines[stage] if not commands.is_chatter(line)))
        self._waited.add(stage)
        self._lines[stage].clear()
        self._retries[stage] = time.monotonic() + commands.RETRY_SECONDS

    def _end(self, end: End) -> None:
        stage, output = end.name, "\n".join(self._lines.pop(end.name, ()))
        outcome, words = self._classifier(end, output)
        started = self.progress.running[stage].started - self.progress.started
        usage = Usage(started, end.wall_seconds, end.cpu_seconds, end.peak_mb, words)
        self.report.stages[stage] = usage
        self.progress.end(stage, worked=not words)
        decided = self.schedule.end(stage, outcome)
        for other in decided:
            self.progress.end(other, worked=False)
        count = f"{len(self.progress.done) - len(self.not_started)} of {len(self.schedule.planned)} done"
        self.display.say(f"{stage} {words or 'ended'} after {clock(end.wall_seconds)}, {count}")
        if outcome is Outcome.FAILED:
            self.display.say("\n".join(f"  {line}" for line in output.splitlines() if not commands.is_chatter(line)))

    def _classifier(self, end: End, output: str) -> tuple[Outcome, str]:
        """What became of a stage, also in words; no words where it just ran."""
        if end.status:
            return Outcome.FAILED, "FAILED"
        cached = "came from DVC's cache" if commands.was_cached(output) else ""
        left = lockfile.outputs(lockfile.read(), end.name)
        if left is not None and left == lockfile.outputs(self.before, end.name):
            return Outcome.UNCHANGED, cached or "left everything as it was"
        return Outcome.CHANGED, cached


@contextmanager
def telling(processes: Processes) -> Iterator[None]:
    """While it lasts, a signal that asks this process to end comes as an event."""
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        ignored = signal.getsignal(number) == signal.SIG_IGN
        if ignored and number != signal.SIGINT:
            continue  # as under nohup

        def handler(number: int, _: FrameType | None, *, ignored: bool = ignored) -> None:
            # an ignored Ctrl-C, as of a job in the background, has a handler too: children would inherit the ignoring
            if not ignored:
                processes.interrupt(number)

        before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)
