"""Measure what needs no autoencoder on the test set: `python -m stages.baselines`."""

from typing import Any

from hourglass import evaluation, judge, training
from hourglass.data import CORRUPTIONS, Images, Inputs
from hourglass.files import write_json
from hourglass.params import load
from hourglass.randomness import generator
from stages import run
from stages.paths import IMAGES, INPUTS, JUDGE, METRICS


def main() -> None:
    seed = load().seed
    network = judge.load(JUDGE)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    mean_image = training.mean_image_mse(train.images, test.images)
    baselines: dict[str, Any] = {
        "mean_image": {"mse": mean_image, "psnr": evaluation.psnr(mean_image)},
        "originals": {"class_kept": network.kept(test.images, test.labels)},
    }
    for name in [name for name in CORRUPTIONS if name != "none"]:
        inputs = Inputs.load(INPUTS / name / "test.safetensors")
        weights = evaluation.linear_filter(train.images, inputs.corruption, generator(seed, "linear filter", name))
        baselines[name] = {
            "input": evaluation.scores(inputs.images, test, network),
            "linear_filter": evaluation.scores(evaluation.filtered(weights, inputs.images), test, network),
        }
    write_json(METRICS / "baselines.json", baselines)


if __name__ == "__main__":
    run(main)
