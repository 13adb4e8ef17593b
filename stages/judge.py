"""Train the classifier that judges reconstructions: `python -m stages.judge`."""

from hourglass import judge, training
from hourglass.data import Images
from hourglass.files import write_json
from hourglass.settings.params import load
from stages import run
from stages.paths import IMAGES, JUDGE, METRICS


def main() -> None:
    params = load()
    settings = params.judge
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    network = judge.build(params.seed)
    device = training.choose(params.train.device)
    for epoch, loss in enumerate(
        judge.train(network, train, settings.epochs, settings.batch_size, settings.learning_rate, params.seed, device),
        1,
    ):
        print(f"judge epoch {epoch}/{settings.epochs} loss {loss:.4f} nats")
    network.cpu()
    accuracy = network.kept(test.images, test.labels)
    judge.save(network, JUDGE)
    write_json(METRICS / "judge.json", {"train_loss": loss, "accuracy": accuracy})
    print(f"judge: {accuracy:.2%} of the test images told")


if __name__ == "__main__":
    run(main)
