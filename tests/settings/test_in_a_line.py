"""What a variant is, in a line."""

import pytest
import synthetic

from hourglass.settings.describe import describe_variant


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("linear", "fully connected · 8 numbers, ReLU · clean images · 50 epochs"),
        ("denoising", "fully connected · 8 numbers, ReLU · images with Gaussian noise · 50 epochs"),
        ("convolutional", "convolutional · 10 numbers, softmax · clean images · 50 epochs"),
        ("denoising_vae", "convolutional · 10 numbers, variational · images with Gaussian noise · 10 epochs"),
        ("selu_2", "convolutional · 2 numbers · clean images · 60 epochs"),
        ("pca", "principal components · 10 numbers · clean images"),
    ],
)
def test_the_line_says_network_code_input_and_epochs(name: str, line: str) -> None:
    assert describe_variant(synthetic.everything((name,)).variants[name].training) == line


def test_one_of_a_kind_is_no_plural() -> None:
    linear = synthetic.everything(("linear",)).variants["linear"].training
    assert linear.train is not None
    once = linear.train.model_copy(update={"epochs": 1})
    small = linear.network.model_copy(update={"latent": 1})
    training = linear.model_copy(update={"train": once, "network": small})
    assert describe_variant(training) == "fully connected · 1 number, ReLU · clean images · 1 epoch"
