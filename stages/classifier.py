"""Train the classifier that scores reconstructions: `python -m stages.classifier`."""

from hourglass import classifier
from hourglass.images import Images
from hourglass.paths import CLASSIFIER, DATA, IMAGES
from hourglass.settings import params
from hourglass.settings.stage_configs import ClassifierConfig
from hourglass.training import choose_device
from stages import run


def main() -> None:
    config, device = ClassifierConfig.load("classifier"), choose_device(params.load().runtime.device)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    network, summary = classifier.fit(train, test, config.classifier, config.seed, device)
    classifier.save(network, CLASSIFIER)
    summary.save(DATA / "classifier.json")
    print(f"classifier: test accuracy {summary.accuracy:.2%}")


if __name__ == "__main__":
    run(main)
