"""Look into one trained variant's codes: `python -m stages.latent_analysis linear`."""

from hourglass import classifier, latent, models, tracking
from hourglass.corruptions import CorruptedImages, TrainingInputs
from hourglass.images import Images
from hourglass.paths import CLASSIFIER, IMAGES, INPUTS, LATENT, MODELS
from hourglass.settings.stage_configs import LatentAnalysisConfig, TrainConfig
from stages import run


def main(variant: str) -> None:
    settings = LatentAnalysisConfig.load("latent-analysis")
    model = models.load(MODELS / f"{variant}.safetensors")
    train, test = (Images.load(IMAGES / f"{split}.safetensors") for split in ("train", "test"))
    training = TrainConfig.load(f"train/{variant}")
    own = TrainingInputs.of(
        train, CorruptedImages.load(INPUTS / training.corruption / "test.safetensors"), settings.seed
    )
    samples = settings.latent_analysis.samples
    analysis, images = latent.analyse(model, train, test, own, classifier.load(CLASSIFIER), samples, settings.seed)
    images.save(LATENT / f"{variant}.safetensors")
    analysis.save(LATENT / f"{variant}.json")
    tracking.log_record(variant, analysis)


if __name__ == "__main__":
    run(main, "variant")
