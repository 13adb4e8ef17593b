"""Train the classifier that judges reconstructions: `python -m stages.classifier`."""

from hourglass import classifier, training
from hourglass.images import Images
from hourglass.paths import CLASSIFIER, DATA, IMAGES
from hourglass.settings import params
from hourglass.settings.stage_configs import ClassifierConfig
from stages import run


def main() -> None:
    settings, device = ClassifierConfig.load("classifier"), training.choose(params.load().runtime.device)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")

    def show(epoch: int, loss: float) -> None:
        print(f"classifier epoch {epoch}/{settings.classifier.epochs} loss {loss:.4f} nats")

    network, summary = classifier.trained(train, test, settings.classifier, settings.seed, device, show)
    classifier.save(network, CLASSIFIER)
    summary.save(DATA / "classifier.json")
    print(f"classifier: {summary.accuracy:.2%} of the test images told")


if __name__ == "__main__":
    run(main)
