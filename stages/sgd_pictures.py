"""Draw what sgd-variants has measured: `python -m stages.sgd_pictures`."""

from hourglass.figures import sgd, style
from hourglass.paths import METRICS, PLOTS
from hourglass.records import Study, StudyCurves
from hourglass.settings.stages import Sgd
from stages import run


def main() -> None:
    plots = PLOTS / "sgd-variants"
    study, curves = Study.load(METRICS / "sgd-variants.json"), StudyCurves.load(plots / "updates.csv")
    style.save(sgd.losses(study, curves, Sgd.load("sgd-variants").dataset), plots / "losses.png")
    print(f"picture: {plots / 'losses.png'}")


if __name__ == "__main__":
    run(main)
