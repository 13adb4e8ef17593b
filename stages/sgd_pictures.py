"""Draw what sgd-variants has measured: `python -m stages.sgd_pictures`."""

from hourglass.figures import sgd, style
from hourglass.paths import DATA, PLOTS
from hourglass.records import Study, StudyCurves
from hourglass.settings.stage_configs import SgdConfig
from stages import run


def main() -> None:
    plots = PLOTS / "sgd-variants"
    study, curves = Study.load(DATA / "sgd-variants.json"), StudyCurves.load(DATA / "sgd-variants.csv")
    style.save(sgd.losses(study, curves, SgdConfig.load("sgd-variants").dataset), plots / "losses.png")
    print(f"picture: {plots / 'losses.png'}")


if __name__ == "__main__":
    run(main)
