"""How a training is described to MLflow: by `train`, and by the later stages that add to its run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hourglass import tracking
from hourglass.data import Images, as_input
from hourglass.files import sha256
from hourglass.models import Model
from hourglass.settings.params import Params
from stages.paths import IMAGES, INPUTS, MODELS, PLOTS


def described(params: Params, variant: str) -> tracking.Training:
    """Name, settings as they took effect, and the hashes of the data a variant is trained on."""
    spec = params.variant(variant)
    settings = {
        "variant": variant,
        "seed": params.seed,
        "data": params.data.model_dump(),
        "noise": params.noise.model_dump(),
        "device": params.train.device,
        **spec.model_dump(),
    }
    tags = {
        "variant": variant,
        "data.sha256": sha256(IMAGES / "train.safetensors"),
        "inputs.sha256": sha256(INPUTS / spec.corruption / "test.safetensors"),
    }
    return tracking.Training(params.run_name(variant), params.data.dataset, settings, tags)


def add_results(
    params: Params,
    variant: str,
    model: Model,
    stage: str,
    scores: Mapping[str, Any],
    pictures: Sequence[Path] = (),
) -> None:
    """Add a later stage's figures, named `<stage>.…`, and its pictures to the MLflow run of the variant's training."""
    tracking.add_results(
        described(params, variant),
        MODELS / f"{variant}.safetensors",
        numbers(scores, stage),
        pictures,
        folder=stage,
        history=PLOTS / "train" / variant / "history.csv",
        model=model,
        example=as_input(Images.load(IMAGES / "test.safetensors").images[:2]),
    )


def numbers(scores: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Nested figures under dotted names; without slashes, at which MLflow's pages part them."""
    flat: dict[str, float] = {}
    for name, value in scores.items():
        key = f"{prefix}.{name}".replace("/", "_")
        flat |= numbers(value, key) if isinstance(value, Mapping) else {key: float(value)}
    return flat
