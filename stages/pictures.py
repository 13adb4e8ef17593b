"""Draw the figures of one variant: `python -m stages.pictures linear`."""

from hourglass import tracking
from hourglass.corruptions import TESTED, CorruptedImages
from hourglass.figures import style
from hourglass.figures.variant import VariantData, pictures
from hourglass.images import Images
from hourglass.paths import EVALUATE, IMAGES, INPUTS, LATENT, PICTURES, SNAPSHOTS, TRAIN
from hourglass.records import EvaluationImages, History, LatentAnalysis, LatentImages, Snapshots
from hourglass.settings.stage_configs import PicturesConfig, TrainConfig
from stages import run


def main(variant: str) -> None:
    config = TrainConfig.load(f"train/{variant}")
    test = Images.load(IMAGES / "test.safetensors")
    data = VariantData(
        variant,
        config,
        test,
        CorruptedImages.load(INPUTS / config.corruption / "test.safetensors"),
        History.load(TRAIN / f"{variant}.csv"),
        Snapshots.load(SNAPSHOTS / f"{variant}.zip", test.shape),
        EvaluationImages.load(EVALUATE / f"{variant}.safetensors"),
        LatentAnalysis.load(LATENT / f"{variant}.json"),
        LatentImages.load(LATENT / f"{variant}.safetensors"),
        {name: CorruptedImages.load(INPUTS / name / "test.safetensors").images for name in TESTED},
    )
    for name, figure in pictures(data, PicturesConfig.load("pictures").pictures.every):
        style.save(figure, PICTURES / variant / f"{name}.png")
    tracking.log_pictures(variant)


if __name__ == "__main__":
    run(main, "variant")
