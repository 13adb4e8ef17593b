"""Run the stages that are out of date: `python -m hourglass.runner [--jobs N] [stages…]`, called by `make repro`."""

import argparse
import sys

from hourglass import paths, signals
from hourglass.errors import UserError
from hourglass.runner import commands


def main() -> int:
    """Return the exit status: 0, 1 after a failure, or 128 plus the number of the signal that stopped the run."""
    options = _options()
    paths.refuse_links()
    stale = commands.stale()
    if commands.SETTINGS in stale:  # run first, since it decides which other stages are stale
        commands.run_settings()
        stale = commands.stale()
    if not stale and not options.stages and options.jobs is None:
        print("Nothing to run: every stage is up to date.")
        return 0
    return repro(stale, options.stages, options.jobs)


def repro(stale: set[str], targets: list[str], requested_jobs: int | None) -> int:
    """Run stale stages and those downstream, up to the targets (none: all). Return the exit status."""
    # imported only if something runs: networkx, rich and DVC take seconds
    from hourglass.runner import estimate, machine  # noqa: PLC0415
    from hourglass.runner.graph import Graph  # noqa: PLC0415
    from hourglass.runner.runner import run  # noqa: PLC0415
    from hourglass.runner.schedule import Schedule  # noqa: PLC0415
    from hourglass.settings import params  # noqa: PLC0415

    graph, settings = Graph.load(), params.load()
    selected = graph.upstream(graph.select(targets)) if targets else set(graph)
    jobs, reason = machine.jobs(requested_jobs, settings.runtime.threads)
    schedule = Schedule(graph, stale, selected, {stage: estimate.seconds(stage, settings) for stage in graph})
    if not schedule.planned:
        print("Nothing to run: every stage is up to date.")
        return 0
    print(f"{len(schedule.planned)} of {len(graph)} stages to run, {reason}", flush=True)
    finished = run(schedule, jobs)
    if finished.status:
        print(f"{'error: ' if finished.status == 1 else ''}{finished.message()}", file=sys.stderr)
        return finished.status
    # DVC has the last word: this runs whatever is left, which is nothing
    done = commands.run("repro", *targets)
    if done.returncode:
        raise UserError(commands.problem(done))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m hourglass.runner", description="Run the stages that are out of date.")
    parser.add_argument("stages", nargs="*", help="run only up to these: train@linear, or train for all variants")
    parser.add_argument("--jobs", type=int, help="stages at a time; default: as many as cores and memory allow")
    return parser.parse_args()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
