"""Command-line interface of the runner: `python -m hourglass.runner [--jobs N] [stages…]`. Used by `make repro`."""

import argparse
import sys

from hourglass import paths, signals
from hourglass.errors import UserError
from hourglass.runner import commands, machine


def main() -> int:
    """Run the out-of-date stages. Return the exit status: 0 on success, 1 on failure, 128 + N after signal N."""
    parser = argparse.ArgumentParser("python -m hourglass.runner", description="Run the stages that are out of date.")
    parser.add_argument("stages", nargs="*", help="run only up to these: train@linear, or train for all variants")
    parser.add_argument(
        "--jobs", type=machine.requested_jobs, help="stages at a time; default: as many as cores and memory allow"
    )
    options = parser.parse_args()
    paths.refuse_links()
    if not paths.SWEEP_TABLE.exists():  # DVC would find out after it has removed the outputs of a stage
        raise UserError(f"{paths.SWEEP_TABLE} is missing; run `git checkout {paths.SWEEP_TABLE}`")
    stale = commands.status().keys()
    if commands.SETTINGS in stale:  # run first, since it decides which other stages are stale
        commands.run_settings()
        stale = commands.status().keys()
    if not stale and not options.stages and options.jobs is None:
        print(commands.UP_TO_DATE)
        return 0
    from hourglass.runner.runner import repro  # noqa: PLC0415  networkx, rich and DVC take seconds to import

    return repro(stale, options.stages, options.jobs)


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
