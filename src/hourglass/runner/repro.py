"""A run of all that is out of date, from the graph to the last check."""

import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from hourglass.runner import commands, display, estimate, lockfile
from hourglass.runner.machine import Machine
from hourglass.runner.processes import End, Interrupt, Line, Processes
from hourglass.runner.progress import Progress
from hourglass.runner.report import Report
from hourglass.runner.runner import Runner, telling
from hourglass.runner.schedule import Schedule
from hourglass.settings import params

Result = tuple[int, str]
"""The exit status, and what to say of it if anything."""


def repro(
    stale: set[str], targets: Sequence[str] = (), jobs: int | None = None, report_file: Path | None = None
) -> int:
    """Run the stages that are out of date and what follows from them. Returns the exit status.

    stale: what DVC finds out of date. targets: stages up to which to run, none for all. jobs: stages at a time, None
    for as many as the machine bears. Raises UserError where params.yaml is not valid, before anything runs.
    """
    graph = commands.graph()
    wanted = graph.upstream(graph.named(targets)) if targets else set(graph)
    settings = params.load()
    machine = Machine.this()
    jobs, why = machine.jobs(jobs, settings.runtime.threads)
    if not stale & wanted:
        print(commands.UP_TO_DATE)
        if report_file is not None:
            Report(jobs, machine.cores).write(report_file)
        return 0
    seconds = {stage: estimate.seconds(stage, settings) for stage in graph}
    schedule = Schedule(graph, stale, wanted, seconds)
    print(f"{len(schedule.planned)} of {len(graph.needs)} stages are out of date or follow from one that is")
    print(why, flush=True)
    report = Report(jobs, machine.cores)
    status = run(schedule, seconds, report, targets)
    if report_file is not None:
        report.write(report_file)
    return status


def run(
    schedule: Schedule, seconds: Mapping[str, float], report: Report, targets: Sequence[str], check: bool = True
) -> int:
    """Run what a schedule has, show what it took, and say why it failed if it did. Returns the exit status.

    seconds: estimated, of each stage. report: is filled in. check: whether DVC has the last word on whether anything
    is left to run; where results are missing that nothing needs, it would make those.
    """
    progress = Progress(schedule.graph, {stage: seconds[stage] for stage in schedule.planned}, report.jobs)
    status, last_words = _run(schedule, progress, report, targets if check else None)
    report.wall_seconds = progress.elapsed
    report.around_cpu_seconds = _cpu_seconds() - sum(usage.cpu_seconds for usage in report.stages.values())
    report.show(Console())
    if last_words:
        print(last_words, file=sys.stderr)
    return status


def _run(schedule: Schedule, progress: Progress, report: Report, targets: Sequence[str] | None) -> Result:
    """The stages, and then, up to the targets, DVC's own word on whether anything is left; None does without."""
    processes, before = Processes(commands.environment()), lockfile.read()
    with telling(processes), display.on(Console(), progress) as shown:
        runner = Runner(schedule, processes, progress, shown, report, before)
        runner.run()
    # waits for DVC's lock, so that signals have to end it
    lockfile.put_in_order(before, schedule.graph.in_order())
    if runner.signal is not None:
        return _interrupted(runner.signal)
    if runner.failed:
        return 1, _what_failed(runner)
    if targets is None:
        return 0, ""
    with telling(processes):
        try:
            return _check(processes, targets)
        finally:
            processes.stop()


def _check(processes: Processes, targets: Sequence[str]) -> Result:
    """`dvc repro` has nothing left to run; if it has, it is run, and its output shown."""
    lines: list[str] = []
    processes.start("dvc repro", commands.repro_rest(targets))
    while True:
        match processes.next_event(1.0):
            case Line(_, text):
                lines.append(text)
            case Interrupt(number):
                return _interrupted(number)
            case End(_, status) if status and commands.blocked("\n".join(lines)):
                lines.clear()
                time.sleep(commands.RETRY_SECONDS)
                processes.start("dvc repro", commands.repro_rest(targets))
            case End(_, status):
                if status or commands.ran_stages("\n".join(lines)):
                    print("\n".join(lines))
                return (1, "error: `dvc repro` failed (see above)") if status else (0, "")


def _interrupted(number: int) -> Result:
    """As a shell has it: 128 and the signal's number."""
    name = signal.Signals(number).name
    return 128 + number, f"ended by {name}; what had finished is kept, and the next run goes on from there"


def _what_failed(runner: Runner) -> str:
    """The last sentence of a run that did not succeed."""
    sentence = f"error: {', '.join(runner.failed)} failed (see above)"
    waiting = ", ".join(runner.not_started)
    return f"{sentence}; not started, for want of what they need: {waiting}" if waiting else sentence


def _cpu_seconds() -> float:
    """Of this process and of all children that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
