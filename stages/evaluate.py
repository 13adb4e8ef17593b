"""Measure one trained variant on the test set: `python -m stages.evaluate linear`."""

from typing import Any

from hourglass import evaluation, models, training
from hourglass.data import CORRUPTIONS, Images, Inputs
from hourglass.files import write_json
from hourglass.models import Model
from hourglass.params import load
from stages import run
from stages.paths import IMAGES, INPUTS, METRICS, MODELS
from stages.trainings import add_results


def main(variant: str) -> None:
    params = load()
    model = models.load(MODELS / f"{variant}.safetensors")
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    noisy = {name: Inputs.load(INPUTS / name / "test.safetensors") for name in CORRUPTIONS if name != "none"}
    codes = training.encode(model, test.images)
    scores = errors(model, test, noisy)
    scores["cost"] = models.cost(model)
    scores["code"] = {"size": codes.shape[1], "live_units": training.live_units(model, codes)}
    scores["collapsed"] = training.collapsed(scores["clean"]["mse"], training.mean_image_mse(train.images, test.images))
    scores["pca"] = errors(evaluation.fitted_pca(train.images, codes.shape[1]), test, noisy)
    write_json(METRICS / "evaluate" / f"{variant}.json", scores)
    add_results(params, variant, model, "evaluate", scores)


def errors(model: Model, test: Images, noisy: dict[str, Inputs]) -> dict[str, Any]:
    """MSE and PSNR of clean test images reconstructed, and of each corrupted set restored, against the clean images."""
    return {
        "clean": evaluation.model_error(model, test.images, test.images),
        "restored": {name: evaluation.model_error(model, inputs.images, test.images) for name, inputs in noisy.items()},
    }


if __name__ == "__main__":
    run(main, "variant")
