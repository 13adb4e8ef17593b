"""Train one variant: `python -m stages.train linear`."""

import torch

from hourglass import models, tracking, training
from hourglass.checkpoints import checkpoint
from hourglass.paths import IMAGES, INPUTS, MODELS, SNAPSHOTS, TRAIN
from hourglass.progress import progress
from hourglass.settings import params
from hourglass.settings.stage_configs import TrainConfig
from stages import run


def main(variant: str) -> None:
    settings, runtime = TrainConfig.load(f"train/{variant}"), params.load().runtime
    device = training.choose(runtime.device)
    torch.set_num_threads(runtime.threads)
    epochs = settings.train.epochs if settings.train else 1
    with (
        checkpoint(variant, settings, device, runtime.threads) as safe,
        tracking.variant_run(variant, device.type, safe.saved.run) as mlflow_run,
        progress(variant, epochs) as show,
    ):
        data = training.training_data(settings, IMAGES, INPUTS)
        model = models.build(settings.network, settings.seed)
        course = training.Course(model, data, safe.saved.records, safe.saved.kept)
        for record in safe.saved.records:
            mlflow_run.log_epoch(record.epoch, record.logged())
        for record in training.run(model, data, settings.train, settings.loss, settings.seed, device, safe.saved.state):
            safe.save(record, course.add(record))
            mlflow_run.log_epoch(record.epoch, record.logged())
            show(record)
        summary = course.summary()
        models.save(model, MODELS / f"{variant}.safetensors")
        course.images().save(SNAPSHOTS / f"{variant}.zip")
        course.history().save(TRAIN / f"{variant}.csv")
        summary.save(TRAIN / f"{variant}.json")
        tracking.log_training(mlflow_run, variant, model, summary)
    print(training.in_words(variant, summary))


if __name__ == "__main__":
    run(main, "variant")
