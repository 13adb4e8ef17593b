"""Measure one trained variant on the test set: `python -m stages.evaluate linear`."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from hourglass import evaluation, judge, models, training
from hourglass.data import CORRUPTIONS, Images, Inputs, Kept, as_input
from hourglass.figures import extremes, style
from hourglass.figures.extremes import Extremes
from hourglass.files import replacing, write_json
from hourglass.judge import Judge
from hourglass.models import Model
from hourglass.settings.params import load
from stages import run
from stages.paths import IMAGES, INPUTS, JUDGE, KEPT, METRICS, MODELS, PLOTS
from stages.trainings import add_results

SHOWN = 10


@dataclass(frozen=True)
class Ground:
    """What every variant is measured on: the images, the fixed noisy test sets by corruption, and the judge."""

    train: Images
    test: Images
    noisy: dict[str, Inputs]
    judge: Judge


def main(variant: str) -> None:
    params = load()
    model = models.load(MODELS / f"{variant}.safetensors")
    ground = Ground(
        Images.load(IMAGES / "train.safetensors"),
        Images.load(IMAGES / "test.safetensors"),
        {name: Inputs.load(INPUTS / name / "test.safetensors") for name in CORRUPTIONS if name != "none"},
        judge.load(JUDGE),
    )
    plots = PLOTS / "evaluate" / variant
    history = evaluation.through_training(Kept.load(KEPT / f"{variant}.safetensors"), ground.test, ground.judge)
    codes = models.encode(model, ground.test.images)
    reconstructions = models.decode(model, codes)
    errors = evaluation.image_errors(reconstructions, ground.test.images)
    scores: dict[str, Any] = {
        "clean": evaluation.scores(reconstructions, ground.test, ground.judge),
        "restored": restored(model, ground),
        "class_mse": evaluation.class_errors(errors, ground.test),
        "wrong_class_through_training": evaluation.wrong_class(history),
        "code": code_scores(model, codes, ground),
        "cost": models.cost(model),
        "collapsed": training.collapsed(
            errors.mean().item(), training.mean_image_mse(ground.train.images, ground.test.images)
        ),
    }
    write_history(history, plots / "through-training.csv")
    draw_extremes(variant, ground.test, reconstructions, errors, plots / "best-and-worst.png")
    write_json(METRICS / "evaluate" / f"{variant}.json", scores)
    add_results(params, variant, model, "evaluate", scores, [plots / "best-and-worst.png"])


def restored(model: Model, ground: Ground) -> dict[str, dict[str, float]]:
    """What the model makes of each noisy test set, against the clean images."""
    return {
        name: evaluation.scores(models.reconstruct(model, inputs.images), ground.test, ground.judge)
        for name, inputs in ground.noisy.items()
    }


def code_scores(model: Model, test: Tensor, ground: Ground) -> dict[str, Any]:
    """What the code of clean images keeps, and how much of it is used; test: the codes (N, K) of the test images."""
    train = models.encode(model, ground.train.images)
    found: dict[str, Any] = {
        "size": test.shape[1],
        "live_units": training.live_units(model, test),
        "participation_ratio": evaluation.participation_ratio(test.numpy()),
    }
    found |= evaluation.class_accuracy(
        train.numpy(), ground.train.labels.numpy(), test.numpy(), ground.test.labels.numpy()
    )
    if isinstance(model, models.VariationalAutoencoder):
        kl = evaluation.kl_per_number(model, ground.test.images)
        found["kl"] = {f"number_{number}": value for number, value in enumerate(kl, 1)}
    return found


def write_history(history: Sequence[evaluation.Progress], path: Path) -> None:
    """One line an epoch."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["epoch", "mse", "class_kept"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in history)


def draw_extremes(variant: str, test: Images, reconstructions: Tensor, errors: Tensor, path: Path) -> None:
    """The ten test images with the smallest error and the ten with the largest."""
    order = errors.argsort(stable=True)
    best, worst = order[:SHOWN], order[-SHOWN:].flip(0)
    groups = {
        f"{name}: mean squared error {errors[chosen].mean():.4f} on average": Extremes(
            as_input(test.images[chosen]),
            reconstructions[chosen],
            tuple(test.classes[label] for label in test.labels[chosen]),
            errors[chosen],
        )
        for name, chosen in {"the ten best": best, "the ten worst": worst}.items()
    }
    caption = (
        f"Under each reconstruction its mean squared error on [0, 1]; the mean over all {len(errors):,} test images "
        f"is {errors.mean():.4f}, the median {errors.median():.4f}."
    )
    title = f"{variant}: what it does best and worst on {test.dataset}"
    style.save(extremes.best_and_worst(groups, title, caption), path)


if __name__ == "__main__":
    run(main, "variant")
