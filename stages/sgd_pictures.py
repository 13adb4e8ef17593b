"""Plot the losses of stochastic, mini-batch and full-batch gradient descent: `python -m stages.sgd_pictures`."""

from hourglass.figures import sgd, style
from hourglass.paths import DATA, PLOTS
from hourglass.records import Study, StudyCurves
from hourglass.settings.stage_configs import SgdConfig
from stages import run


def main() -> None:
    study, curves = Study.load(DATA / "sgd-variants.json"), StudyCurves.load(DATA / "sgd-variants.csv")
    figure = sgd.losses(study, curves, SgdConfig.load("sgd-variants").dataset)
    style.save(figure, PLOTS / "sgd-variants" / "losses.png")


if __name__ == "__main__":
    run(main)
