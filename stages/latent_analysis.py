"""Analyse the latent space of one trained variant: `python -m stages.latent_analysis linear`."""

from hourglass import classifier, latent, models, tracking
from hourglass.corruptions import CorruptedImages, TrainingInputs
from hourglass.images import Images
from hourglass.paths import CLASSIFIER, IMAGES, INPUTS, LATENT, MODELS
from hourglass.settings.stage_configs import LatentAnalysisConfig, TrainConfig
from stages import run


def main(variant: str) -> None:
    settings, corruption = LatentAnalysisConfig.load("latent-analysis"), TrainConfig.load(f"train/{variant}").corruption
    model = models.load(MODELS / f"{variant}.safetensors")
    train, test = (Images.load(IMAGES / f"{split}.safetensors") for split in ("train", "test"))
    inputs = TrainingInputs.of(train, CorruptedImages.load(INPUTS / corruption / "test.safetensors"), settings.seed)
    samples, scorer = settings.latent_analysis.samples, classifier.load(CLASSIFIER, test)
    analysis, images = latent.analyse(model, train, test, inputs, scorer, samples, settings.seed)
    analysis.save(LATENT / f"{variant}.json")
    images.save(LATENT / f"{variant}.safetensors")
    tracking.log_record(variant, analysis)


if __name__ == "__main__":
    run(main, "variant")
