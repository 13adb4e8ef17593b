"""Draw figures of the sweep results: `python -m stages.sweep_pictures`."""

from hourglass.figures import style, sweep
from hourglass.paths import SWEEP_PLOTS, SWEEP_TABLE
from hourglass.records.sweep import load
from stages import run


def main() -> None:
    trials = load(SWEEP_TABLE)
    SWEEP_PLOTS.mkdir(parents=True, exist_ok=True)
    for dataset in dict.fromkeys(trial.dataset for trial in trials if not trial.one_class):
        for name, figure in sweep.pictures(trials, dataset).items():
            style.save(figure, SWEEP_PLOTS / dataset / f"{name}.png")
    print(f"figures of {len(trials)} trials in {SWEEP_PLOTS}")


if __name__ == "__main__":
    run(main)
