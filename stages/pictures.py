"""Draw everything that is known of one variant: `python -m stages.pictures linear`."""

from hourglass.data import Images, Inputs
from hourglass.figures import style
from hourglass.figures.variant import pictures
from hourglass.paths import EVALUATION, IMAGES, INPUTS, KEPT, LATENT, METRICS, PICTURES, PLOTS
from hourglass.records import EvaluationImages, History, LatentAnalysis, LatentImages, TrainingImages
from hourglass.settings.stages import PicturesOf, Training
from hourglass.tracking import trainings
from stages import run


def main(variant: str) -> None:
    settings = Training.load(f"train/{variant}")
    drawn = pictures(
        variant,
        settings,
        PicturesOf.load("pictures").pictures.every,
        Images.load(IMAGES / "test.safetensors"),
        Inputs.load(INPUTS / settings.corruption / "test.safetensors"),
        History.load(PLOTS / "train" / variant / "history.csv"),
        TrainingImages.load(KEPT / f"{variant}.zip"),
        EvaluationImages.load(EVALUATION / f"{variant}.safetensors"),
        LatentAnalysis.load(METRICS / "latent-analysis" / f"{variant}.json"),
        LatentImages.load(LATENT / f"{variant}.safetensors"),
    )
    folder = PICTURES / variant
    for name, figure in drawn:
        style.save(figure, folder / f"{name}.png")
    trainings.add_pictures(variant, folder)


if __name__ == "__main__":
    run(main, "variant")
