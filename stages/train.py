"""Train one variant: `python -m stages.train linear`."""

import torch

from hourglass import models, training
from hourglass.paths import IMAGES, INPUTS, KEPT, METRICS, MODELS, PLOTS
from hourglass.progress import progress
from hourglass.settings import params
from hourglass.settings.stages import Training
from hourglass.tracking import trainings
from stages import run


def main(variant: str) -> None:
    settings, runtime = Training.load(f"train/{variant}"), params.load().runtime
    device = training.choose(runtime.device)
    torch.set_num_threads(runtime.threads)
    data = training.training_data(settings, IMAGES, INPUTS)
    model = models.build(settings.network, settings.seed)
    course = training.Course(model, data)
    epochs = settings.train.epochs if settings.train else 1
    with trainings.run(variant, device.type) as mlflow_run, progress(variant, epochs) as show:
        for record in training.run(model, data, settings.train, settings.loss, settings.seed, device):
            course.add(record)
            show(record)
            mlflow_run.log_epoch(record.epoch, record.measured() | {"images_per_second": record.images_per_second})
        summary = course.summary()
        models.save(model, MODELS / f"{variant}.safetensors")
        course.images().save(KEPT / f"{variant}.safetensors")
        course.history().save(PLOTS / "train" / variant / "history.csv")
        summary.save(METRICS / "train" / f"{variant}.json")
        trainings.finish(mlflow_run, variant, model, summary)
    print(training.in_words(variant, summary))


if __name__ == "__main__":
    run(main, "variant")
