"""Run the trials of the sweep that have no result yet, and compare the codes of all runs: `python -m stages.sweep`."""

from hourglass.images import Images
from hourglass.paths import SIMILARITY_TABLE, SWEEP_IMAGES, SWEEP_TABLE, SWEEP_TRIALS
from hourglass.records import similarity
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.job import SweepImages
from hourglass.sweep.run import requested_jobs, sweep
from hourglass.sweep.similarity import similarities
from hourglass.sweep.trials import trials
from stages import run


def main() -> None:
    config = SweepConfig.load("sweep")
    rows = sweep(config, SWEEP_IMAGES, SWEEP_TRIALS, SWEEP_TABLE, requested_jobs())
    print(f"{len(rows)} rows in {SWEEP_TABLE}")
    planned = trials(config, {dataset: SweepImages.hashes(SWEEP_IMAGES / dataset) for dataset in config.images})
    test = {dataset: Images.load(SWEEP_IMAGES / dataset / "test.safetensors") for dataset in config.images}
    pairs = similarities(planned, SWEEP_TRIALS, test, similarity.load(SIMILARITY_TABLE))
    similarity.save(pairs, SIMILARITY_TABLE)
    print(f"{len(pairs)} rows in {SIMILARITY_TABLE}")


if __name__ == "__main__":
    run(main)
