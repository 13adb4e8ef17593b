"""Measure what needs no autoencoder on the test set: `python -m stages.baselines`."""

from collections.abc import Mapping
from typing import Any

from hourglass import evaluation, judge, training
from hourglass.data import CORRUPTIONS, Images, Inputs
from hourglass.files import write_json
from hourglass.models import Pca
from hourglass.settings.params import load
from hourglass.randomness import generator
from stages import run
from stages.paths import IMAGES, INPUTS, JUDGE, METRICS


def main() -> None:
    params = load()
    network = judge.load(JUDGE)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    noisy = {name: Inputs.load(INPUTS / name / "test.safetensors") for name in CORRUPTIONS if name != "none"}
    mean_image = training.mean_image_mse(train.images, test.images)
    baselines: dict[str, Any] = {
        "mean_image": {"mse": mean_image, "psnr": evaluation.psnr(mean_image)},
        "originals": {"class_kept": network.kept(test.images, test.labels)},
    }
    for name, inputs in noisy.items():
        filtering = generator(params.seed, "linear filter", name)
        weights = evaluation.linear_filter(train.images, inputs.corruption, filtering)
        baselines[name] = {
            "input": evaluation.scores(inputs.images, test, network),
            "linear_filter": evaluation.scores(evaluation.filtered(weights, inputs.images), test, network),
        }
    sizes = {params.variant(name).network.latent for name in params.variants}
    fitted = evaluation.fitted_pcas(train.images, sizes)
    baselines["pca"] = {str(size): pca_scores(pca, test, noisy, network) for size, pca in fitted.items()}
    write_json(METRICS / "baselines.json", baselines)


def pca_scores(pca: Pca, test: Images, noisy: Mapping[str, Inputs], network: judge.Judge) -> dict[str, Any]:
    """What PCA makes of the clean test images and of each noisy test set, as `evaluate` measures it of a variant."""
    restored = {
        name: evaluation.scores(models.reconstruct(pca, inputs.images), test, network)
        for name, inputs in noisy.items()
    }
    return {"clean": evaluation.scores(models.reconstruct(pca, test.images), test, network), "restored": restored}


if __name__ == "__main__":
    run(main)
