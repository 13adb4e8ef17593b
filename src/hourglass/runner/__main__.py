"""`python -m hourglass.runner [--jobs N] [--report FILE] [stages…]`; `make repro` calls it."""

import argparse
import sys
from pathlib import Path

from hourglass import paths, signals
from hourglass.errors import UserError
from hourglass.runner import commands


def main() -> int:
    """Returns the exit status: 0, 1 for a failure, 128 and the signal's number where one ended the run."""
    options = _options()
    paths.refuse_links()
    stale = _stale()
    if commands.SETTINGS in stale:  # alone: only when it has told the other stages theirs is it known which changed
        commands.run_first(commands.SETTINGS)
        stale = commands.stale()
    if not (stale or options.stages or options.report or options.jobs is not None):
        print(commands.UP_TO_DATE)
        return 0
    # not waited for where there is nothing to run
    from hourglass.runner.repro import repro  # noqa: PLC0415

    return repro(stale, options.stages, options.jobs, options.report)


def _stale() -> set[str]:
    """What DVC finds out of date. Raises UserError where it cannot read the graph, whose names are in params.yaml."""
    try:
        return commands.stale()
    except UserError:
        # what DVC cannot read it calls by names of its own
        from hourglass.settings import params  # noqa: PLC0415

        params.load()
        raise


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m hourglass.runner", description="Run the stages that are out of date.")
    parser.add_argument(
        "stages", nargs="*", help="run only up to these, such as train@linear, or train for all of them"
    )
    parser.add_argument("--jobs", type=int, help="stages at a time; by default as many as cores and memory allow")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what each stage took as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
