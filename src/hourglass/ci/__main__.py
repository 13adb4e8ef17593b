"""Rerun the stages affected by a change and write a report: `python -m hourglass.ci [BASE]` or `make ci-repro`."""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from hourglass import paths, signals
from hourglass.ci import report
from hourglass.ci.changes import Changes
from hourglass.errors import UserError
from hourglass.runner import commands, estimate, machine
from hourglass.runner.graph import Graph
from hourglass.runner.processes import End
from hourglass.runner.runner import run
from hourglass.runner.schedule import Schedule
from hourglass.settings import params

DEFAULT_MINUTES = "30"

Usage = Mapping[str, tuple[End, str]]


def main() -> int:
    """Rerun the affected stages and write a report. Raises UserError if stages fail or would exceed CI_MINUTES."""
    parser = argparse.ArgumentParser("python -m hourglass.ci", description="Rerun what a change affects.")
    parser.add_argument("base", nargs="?", help="revision to compare with; default: the main branch or HEAD~1")
    parser.add_argument(
        "--jobs", type=machine.requested_jobs, help="stages at a time; default: as many as cores and memory allow"
    )
    options = parser.parse_args()
    minutes = os.environ.get("CI_MINUTES") or DEFAULT_MINUTES
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", minutes):
        raise UserError(f"CI_MINUTES is {minutes!r}; must be a number of minutes")
    paths.refuse_links()
    params.load()
    base = report.find_base(options.base, os.environ.get("GITHUB_BASE_REF"))
    restored = commands.restore()
    print(restored, flush=True)
    changes = Changes.load()
    usage: Usage = {}
    problem = pushed = ""
    try:
        if commands.SETTINGS in changes.reasons:  # decides which other stages are affected
            commands.run_settings()
            changes = Changes.load()
        if changes.reasons:
            usage, problem = _rerun(changes, options.jobs, float(minutes))
            pushed = "" if problem else commands.push()
    except UserError as error:
        problem = str(error)
    shutil.rmtree(report.FOLDER, ignore_errors=True)
    report.FOLDER.mkdir()
    text = report.write(base, changes, usage, restored, problem, pushed)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    print(f"\n{text}\nreport: {report.FOLDER / 'report.md'}")
    if problem:
        raise UserError(problem)
    return 0


def _rerun(changes: Changes, requested_jobs: int | None, minutes: float) -> tuple[Usage, str]:
    """Rerun the affected stages. Return their resource usage, keyed by stage, and a message about failed stages.

    The message is empty if no stage failed. Raises UserError if the stages are expected to take longer than `minutes`.
    """
    graph, settings = Graph.load(), params.load()
    certain, selected = changes.to_run(graph)
    jobs, _ = machine.jobs(requested_jobs, settings.runtime.threads)
    seconds = {stage: estimate.seconds(stage, settings) for stage in graph}
    chains = graph.longest_paths({stage: seconds[stage] for stage in selected})
    expected = max(sum(seconds[stage] for stage in selected) / jobs, *chains.values()) / 60
    if expected > minutes:
        absent = ", ".join(sorted(selected & changes.missing))
        cause = f" (outputs of {absent} are neither in DVC's cache nor in a remote)" if absent else ""
        raise UserError(
            f"{len(selected)} stages would take about {expected:.1f} minutes, more than CI_MINUTES={minutes:g}{cause}; "
            "raise it, or run `make repro` and `dvc push --run-cache` elsewhere and commit dvc.lock"
        )
    finished = run(Schedule(graph, certain, selected, seconds), jobs)
    return finished.usage, finished.message()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
