"""Train one variant: `python -m stages.train linear`."""

import csv
from pathlib import Path

import torch
from torch import Tensor

from hourglass import models, tracking, training
from hourglass.data import Images, Inputs, Kept, as_input, as_stored
from hourglass.figures import samples, style
from hourglass.files import replacing, write_json
from hourglass.settings.params import Params, Variant, load
from hourglass.progress import progress
from hourglass.training import EpochRecord, TrainingData
from stages import run
from stages.paths import IMAGES, INPUTS, KEPT, METRICS, MODELS, PLOTS
from stages.trainings import described


def main(variant: str) -> None:
    params = load()
    spec = params.variant(variant)
    device = training.choose(params.train.device)
    torch.set_num_threads(params.train.threads)
    test = Images.load(IMAGES / "test.safetensors")
    data = training_data(spec, test)
    model = models.build(spec.network, params.seed)
    plots = PLOTS / "train" / variant
    history: list[EpochRecord] = []
    kept: list[Tensor] = []
    epochs = spec.train.epochs if spec.train else 1
    with tracking.training_run(described(params, variant)) as mlflow_run, progress(variant, epochs) as show:
        for record in training.run(model, data, spec.train, params.seed, device):
            history.append(record)
            kept.append(as_stored(models.reconstruct(model, data.test_inputs.images[: params.train.kept_images])))
            show(record)
            mlflow_run.log_epoch(record.epoch, record.measured() | {"images_per_second": record.images_per_second})
            if picture_due(record.epoch, spec, epochs):
                picture = plots / "samples" / f"epoch-{record.epoch:03d}.png"
                draw_samples(model, data, test, f"{variant}: ten test samples after epoch {record.epoch}", picture)
                mlflow_run.log_picture(picture, "samples")
        model_file = MODELS / f"{variant}.safetensors"
        models.save(model, model_file)
        Kept(torch.stack(kept)).save(KEPT / f"{variant}.safetensors")
        write_history(plots / "history.csv", history)
        summary = summarise(model, data, history[-1], params, spec)
        write_json(METRICS / "train" / f"{variant}.json", summary)
        mlflow_run.finish(model, model_file, as_input(test.images[:2]), summary)
    report(variant, summary)


def training_data(spec: Variant, test: Images) -> TrainingData:
    """What the variant learns from: noise drawn anew, or the fixed copy where preprocess-noise has left one."""
    inputs = INPUTS / spec.corruption
    test_inputs = Inputs.load(inputs / "test.safetensors")
    fixed = inputs / "train.safetensors"
    drawn = Inputs.load(fixed).images if fixed.exists() else test_inputs.corruption
    return TrainingData(Images.load(IMAGES / "train.safetensors").images, drawn, test.images, test_inputs)


def picture_due(epoch: int, spec: Variant, epochs: int) -> bool:
    """Whether a picture is drawn after this epoch: every `picture_every`, and after the last."""
    return epoch == epochs or (spec.train is not None and epoch % spec.train.picture_every == 0)


def draw_samples(model: models.Model, data: TrainingData, test: Images, title: str, path: Path) -> None:
    """The first test image of each class and what the model makes of it."""
    first = test.first_of_each_class()
    original, given = test.images[first], data.test_inputs.images[first]
    reconstruction = models.reconstruct(model, given)
    shown: dict[str, Tensor]
    if data.test_inputs.corruption.name == "none":
        shown = {"test image": original, "reconstruction": reconstruction}
    else:
        shown = {"noisy input": given, "reconstruction": reconstruction, "original": original}
    style.save(samples.rows(shown, title, test.classes), path)


def write_history(path: Path, history: list[EpochRecord]) -> None:
    """One line an epoch; a cell is empty where nothing was measured."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["epoch", *history[0].metrics()], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"epoch": record.epoch, **record.metrics()} for record in history)


def summarise(
    model: models.Model, data: TrainingData, last: EpochRecord, params: Params, spec: Variant
) -> dict[str, float]:
    """How the training ended, and whether it learned anything."""
    assert last.test_mse is not None  # always measured after the last epoch
    codes = models.encode(model, data.test_inputs.images)
    mean_image = training.mean_image_mse(data.images, data.test_images)
    return {
        "epochs": last.epoch,
        "train_mse": last.train_mse,
        "test_mse": last.test_mse,
        "mean_image_mse": mean_image,
        "collapsed": training.collapsed(last.test_mse, mean_image),
        "code_size": codes.shape[1],
        "live_units": training.live_units(model, codes),
    }


def report(variant: str, summary: dict[str, float]) -> None:
    """The last lines of a training; a collapse cannot be overlooked."""
    live, size = summary["live_units"], summary["code_size"]
    print(f"{variant}: test MSE {summary['test_mse']:.5f} on [0, 1], {live} of {size} code units live")
    if summary["collapsed"]:
        print(
            f"*** {variant} HAS COLLAPSED: its test MSE {summary['test_mse']:.5f} is hardly better than that of the "
            f"mean image, {summary['mean_image_mse']:.5f}. Try another seed. ***"
        )


if __name__ == "__main__":
    run(main, "variant")
