"""Train the classifier that judges reconstructions: `python -m stages.judge`."""

from hourglass import judge, training
from hourglass.data import Images
from hourglass.paths import IMAGES, JUDGE, METRICS
from hourglass.settings import params
from hourglass.settings.stages import Judge
from stages import run


def main() -> None:
    settings, device = Judge.load("judge"), training.choose(params.load().runtime.device)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")

    def show(epoch: int, loss: float) -> None:
        print(f"judge epoch {epoch}/{settings.judge.epochs} loss {loss:.4f} nats")

    network, summary = judge.trained(train, test, settings.judge, settings.seed, device, show)
    judge.save(network, JUDGE)
    summary.save(METRICS / "judge.json")
    print(f"judge: {summary.accuracy:.2%} of the test images told")


if __name__ == "__main__":
    run(main)
