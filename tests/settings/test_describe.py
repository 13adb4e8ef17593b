"""One-line descriptions of variants."""

from pathlib import Path

import pytest

from hourglass.models.spec import PcaSpec
from hourglass.settings import params
from hourglass.settings.stage_configs import TrainConfig, resolve

CONFIGS = resolve(params.load(Path(__file__).parents[2] / "params.yaml"))


@pytest.mark.parametrize(
    ("variant", "line"),
    [
        ("linear", "fully connected · 8 latent dimensions, ReLU · clean images · 50 epochs"),
        ("convolutional", "convolutional · 10 latent dimensions, softmax · clean images · 50 epochs"),
        ("denoising_vae", "convolutional · 10 latent dimensions, variational · images with Gaussian noise · 10 epochs"),
        ("pca", "principal components · 10 latent dimensions · clean images"),
    ],
)
def test_the_line_names_network_code_images_and_epochs(variant: str, line: str) -> None:
    config = CONFIGS[f"train/{variant}"]
    assert isinstance(config, TrainConfig)
    assert config.describe() == line


def test_nouns_agree_with_their_count() -> None:
    config = CONFIGS["train/pca"].model_copy(update={"network": PcaSpec(kind="pca", latent=1)})
    assert config.describe() == "principal components · 1 latent dimension · clean images"
