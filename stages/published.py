"""Run the trials of published.yaml that lack results, and write docs/published.md: `python -m stages.published`."""

from hourglass import published
from hourglass.errors import UserError
from hourglass.files import replacing
from hourglass.paths import PUBLISHED_PAGE, PUBLISHED_TABLE, SWEEP_IMAGES, SWEEP_TRIALS
from hourglass.runner import machine
from hourglass.sweep.run import requested_jobs, sweep
from stages import run


def main() -> None:
    config, comparisons = published.load(hardware=machine.hardware())
    for dataset in config.images:
        if not (SWEEP_IMAGES / dataset).is_dir():
            raise UserError(f"{SWEEP_IMAGES} lacks {dataset}; add it to a grid of params.yaml")
    rows = sweep(config, SWEEP_IMAGES, SWEEP_TRIALS, PUBLISHED_TABLE, requested_jobs())
    with replacing(PUBLISHED_PAGE) as part:
        part.write_text(published.page(config, comparisons, rows), encoding="utf-8")
    print(f"{len(rows)} rows in {PUBLISHED_TABLE}; see {PUBLISHED_PAGE}")


if __name__ == "__main__":
    run(main)
