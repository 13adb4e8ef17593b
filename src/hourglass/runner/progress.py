"""What is known of a run while it goes on: how far each stage is, and how long the rest will take."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hourglass.runner.graph import Graph

# hourglass.progress writes these lines where the output is no terminal
_EPOCH = re.compile(r"(?P<name>.+) epoch (?P<epoch>\d+)/(?P<epochs>\d+) (?P<text>.*)")
Clock = Callable[[], float]


@dataclass
class Running:
    """A stage that runs. started, at: when it started and its last epoch ended. epochs: 0 where it tells of none.

    before: epochs that a process which was killed had done, and that this one does not repeat.
    """

    name: str
    started: float
    epoch: int = 0
    epochs: int = 0
    before: int = 0
    text: str = ""
    at: float = 0.0

    def read(self, line: str, now: float) -> bool:
        """Take in a line; whether it told of an epoch."""
        found = _EPOCH.fullmatch(line)
        if found is None:
            return False
        if found["name"] in self.name.partition("@"):
            if not self.epoch:
                self.before = int(found["epoch"]) - 1
            self.epoch, self.epochs, self.at = int(found["epoch"]), int(found["epochs"]), now
            self.text = found["text"]
        else:  # one of several trainings within a stage
            self.text = line
        return True

    @property
    def share(self) -> float:
        """Of its epochs, how many are done."""
        return self.epoch / self.epochs if self.epochs else 0.0

    @property
    def found(self) -> float:
        """Of its epochs, how many an earlier process had done."""
        return self.before / self.epochs if self.epochs else 0.0

    def seconds_left(self, now: float) -> float | None:
        """By its own pace so far; None before the first epoch's end."""
        if not self.epoch:
            return None
        pace = (self.at - self.started) / (self.epoch - self.before)
        return max(0.0, pace * (self.epochs - self.before) - (now - self.started))


@dataclass
class Progress:
    """How far the whole run is.

    seconds: estimated, of every stage that was to run when it began. jobs: stages at a time.
    """

    graph: Graph
    seconds: Mapping[str, float]
    jobs: int
    clock: Clock = time.monotonic
    running: dict[str, Running] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    _worked: float = 0.0  # seconds that stages took that have run to their end
    _estimated: float = 0.0  # what they had been estimated at

    def __post_init__(self) -> None:
        self.started = self.clock()

    def start(self, stage: str) -> None:
        self.running[stage] = Running(stage, self.clock())

    def end(self, stage: str, worked: bool) -> None:
        """worked: whether it ran, and so says something of the pace."""
        running = self.running.pop(stage, None)
        self.done.add(stage)
        if running is not None and worked:
            self._worked += self.clock() - running.started
            self._estimated += self.seconds[stage] * (1 - running.found)

    @property
    def elapsed(self) -> float:
        return self.clock() - self.started

    def pace(self) -> float | None:
        """Seconds for one estimated second, of what is done; None while that is next to nothing."""
        worked, estimated = self._worked, self._estimated
        for running in self.running.values():
            if running.epoch:
                worked += running.at - running.started
                estimated += (running.share - running.found) * self.seconds[running.name]
        return worked / estimated if estimated > 0.01 * sum(self.seconds.values()) else None

    def seconds_left(self) -> float | None:
        """Of the whole run: what is left to do, shared among the jobs, or the longest chain of stages."""
        pace = self.pace()
        if pace is None:
            return None
        left = {stage: self._left(stage, pace) for stage in self.seconds if stage not in self.done}
        return max(sum(left.values()) / self.jobs, *self.graph.longest_paths(left).values(), 0.0)

    def _left(self, stage: str, pace: float) -> float:
        running = self.running.get(stage)
        if running is None:
            return self.seconds[stage] * pace
        now = self.clock()
        by_epochs = running.seconds_left(now)
        return by_epochs if by_epochs is not None else max(0.0, self.seconds[stage] * pace - (now - running.started))
