"""Look into one trained variant's codes: `python -m stages.latent_analysis linear`."""

from hourglass import judge, latent, models
from hourglass.data import Images, Inputs
from hourglass.data.own import OwnInputs
from hourglass.paths import IMAGES, INPUTS, JUDGE, LATENT, METRICS, MODELS, PLOTS
from hourglass.settings.stages import LatentAnalysis, Training
from hourglass.tracking import trainings
from stages import run


def main(variant: str) -> None:
    settings = LatentAnalysis.load("latent-analysis")
    model = models.load(MODELS / f"{variant}.safetensors")
    train, test = (Images.load(IMAGES / f"{split}.safetensors") for split in ("train", "test"))
    training = Training.load(f"train/{variant}")
    own = OwnInputs.of(train, Inputs.load(INPUTS / training.corruption / "test.safetensors"), settings.seed)
    samples = settings.latent_analysis.samples
    analysis, images = latent.analyse(model, train, test, own, judge.load(JUDGE), samples, settings.seed)
    labels = test.labels[: analysis.samples]
    plots = PLOTS / "latent-analysis" / variant
    latent.write_map(plots / "map.csv", images.positions.numpy(), labels.numpy(), test.classes)
    images.save(LATENT / f"{variant}.safetensors")
    analysis.save(METRICS / "latent-analysis" / f"{variant}.json")
    trainings.add_results(variant, analysis)


if __name__ == "__main__":
    run(main, "variant")
