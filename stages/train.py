"""Train one variant, or resume its training: `python -m stages.train linear`."""

import torch

from hourglass import models, tracking, training
from hourglass.checkpoints import checkpoint
from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.paths import IMAGES, INPUTS, MODELS, PRETRAINED, SNAPSHOTS, TRAIN
from hourglass.progress import progress
from hourglass.settings import params
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training import TrainingData, TrainingRecorder
from stages import run


def main(variant: str) -> None:
    config, runtime = TrainConfig.load(f"train/{variant}"), params.load().runtime
    device = training.choose_device(runtime.device)
    torch.set_num_threads(runtime.threads)
    epochs = config.train.epochs if config.train else 1
    with (
        checkpoint(variant, config, device, runtime.threads) as saved,
        tracking.variant_run(variant, device.type, saved.run_key) as mlflow_run,
        progress(variant, epochs) as show,
    ):
        data = TrainingData.load(config, IMAGES, INPUTS)
        model = models.build(config.network, data.shape, config.seed)
        if config.pretrained:
            path = PRETRAINED / config.pretrained.file
            if not path.exists() or sha256(path) != config.pretrained.sha256:
                raise UserError(f"{path} has changed; run `dvc repro settings`")
            model.load_state_dict(models.load(path).state_dict())
        recorder = TrainingRecorder(model, data, saved.records, saved.snapshots)
        for record in saved.records:
            mlflow_run.log_epoch(record.epoch, record.logged())
        records = training.run(
            model,
            data,
            config.train,
            config.loss,
            config.seed,
            device,
            saved.state,
            pretrained=config.pretrained is not None,
            loss_settings=config.loss_settings,
        )
        for record in records:
            saved.save(record, recorder.add(record))
            mlflow_run.log_epoch(record.epoch, record.logged())
            show(record)
        summary = recorder.summary()
        models.save(model, MODELS / f"{variant}.safetensors")
        recorder.snapshots().save(SNAPSHOTS / f"{variant}.zip")
        recorder.history().save(TRAIN / f"{variant}.csv")
        summary.save(TRAIN / f"{variant}.json")
        tracking.log_training(mlflow_run, variant, model, summary)
    print(training.summary_text(variant, summary))


if __name__ == "__main__":
    run(main, "variant")
