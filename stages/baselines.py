"""Measure what needs no autoencoder on the test set: `python -m stages.baselines`."""

from typing import Any

from hourglass import evaluation, training
from hourglass.data import CORRUPTIONS, Images, Inputs
from hourglass.files import write_json
from hourglass.params import load
from hourglass.randomness import generator
from stages import run
from stages.paths import IMAGES, INPUTS, METRICS


def main() -> None:
    seed = load().seed
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    baselines: dict[str, dict[str, Any]] = {}
    baselines["mean_image"] = evaluation.error(training.mean_image_mse(train.images, test.images))
    for name in [name for name in CORRUPTIONS if name != "none"]:
        inputs = Inputs.load(INPUTS / name / "test.safetensors")
        weights = evaluation.linear_filter(train.images, inputs.corruption, generator(seed, "linear filter", name))
        baselines[name] = {
            "input": evaluation.image_error(inputs.images, test.images),
            "linear_filter": evaluation.image_error(evaluation.filtered(weights, inputs.images), test.images),
        }
    write_json(METRICS / "baselines.json", baselines)


if __name__ == "__main__":
    run(main)
