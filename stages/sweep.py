"""Run all trials of the sweep that have no result yet: `python -m stages.sweep`."""

import os

from hourglass.errors import UserError
from hourglass.paths import SWEEP_IMAGES, SWEEP_TABLE, SWEEP_TRIALS
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.run import sweep
from stages import run


def main() -> None:
    config, jobs = SweepConfig.load("sweep"), os.environ.get("JOBS", "")
    if jobs and not jobs.isdigit():
        raise UserError(f"JOBS is {jobs}; must be a positive integer")
    rows = sweep(config, SWEEP_IMAGES, SWEEP_TRIALS, SWEEP_TABLE, int(jobs) if jobs else None)
    print(f"{len(rows)} rows in {SWEEP_TABLE}")


if __name__ == "__main__":
    run(main)
