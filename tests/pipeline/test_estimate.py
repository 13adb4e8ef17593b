"""Estimated times, and the order that comes of them."""

from pathlib import Path

import pytest

from hourglass.runner import estimate
from hourglass.settings import params

PARAMS = params.load(Path(__file__).parents[2] / "params.yaml")


def test_the_training_of_most_arithmetic_is_the_longest() -> None:
    seconds = {name: estimate.seconds(f"train@{name}", PARAMS) for name in PARAMS.variants}
    assert max(seconds, key=seconds.__getitem__) == "convolutional"
    assert min(seconds, key=seconds.__getitem__) == "pca"
    assert seconds["selu"] > seconds["linear"]


def test_an_override_of_the_epochs_counts() -> None:
    once, twice = (
        PARAMS.model_copy(update={"train": PARAMS.train.model_copy(update={"epochs": epochs})}) for epochs in (1, 2)
    )
    start = estimate.START_UP
    longer, shorter = (estimate.seconds("train@selu", settings) - start for settings in (twice, once))
    assert longer == pytest.approx(2 * shorter)


def test_fewer_images_take_less_time() -> None:
    digits = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"dataset": "digits"})})
    for stage in ("train@linear", "classifier", "evaluate@linear"):
        assert estimate.seconds(stage, digits) < estimate.seconds(stage, PARAMS)


def test_a_stage_that_nothing_is_known_of_still_takes_some_time() -> None:
    assert estimate.seconds("a-stage-to-come", PARAMS) == estimate.START_UP
