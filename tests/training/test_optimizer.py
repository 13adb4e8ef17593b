"""Optimizers, learning rates and the weight of the KL divergence, compared with torch's."""

from typing import Any

import pytest
import torch
from shapes import IMAGE
from small import CPU, build, data_of, run_all, spec_of
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, LRScheduler, SequentialLR, StepLR

from hourglass import models, training
from hourglass.images import Images
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.training.optimizer import Schedules, build_optimizer

UPDATES = 10  # per epoch


def by_torch(optimizer: SGD, warm_up: int, name: str) -> LRScheduler:
    total = 6 * UPDATES
    after = {
        "constant": lambda: ConstantLR(optimizer, 1.0),
        "cosine": lambda: CosineAnnealingLR(optimizer, total - warm_up * UPDATES),
        "step": lambda: StepLR(optimizer, 2 * UPDATES),  # counted from the end of the warm-up
    }[name]()
    if not warm_up:
        return after
    count = warm_up * UPDATES
    return SequentialLR(optimizer, [LinearLR(optimizer, 1 / count, 1.0, count - 1), after], [count])


@pytest.mark.parametrize(
    ("schedule", "warm_up"), [("constant", 2), ("cosine", 0), ("cosine", 2), ("step", 0), ("step", 1)]
)
def test_learning_rates_are_those_of_torch(schedule: str, warm_up: int) -> None:
    steps = {"step_epochs": 2} if schedule == "step" else {}
    spec = spec_of(6, 10, 0.5, schedule=schedule, warm_up=warm_up, **steps)
    model = build()
    reference = SGD(model.parameters(), lr=0.5)
    scheduler = by_torch(reference, warm_up, schedule)
    optimizer = build_optimizer(model, spec, CPU)
    schedules = Schedules(model, optimizer, spec, UPDATES)
    for epoch in range(1, 7):
        for batch in range(UPDATES):
            schedules.apply(epoch, batch)
            assert optimizer.param_groups[0]["lr"] == pytest.approx(reference.param_groups[0]["lr"], rel=1e-6)
            reference.step()
            scheduler.step()


@pytest.mark.parametrize(
    ("settings", "kind", "options"),
    [
        ({"optimizer": "sgd", "momentum": 0.5}, SGD, {"momentum": 0.5}),
        ({"optimizer": "sgd"}, SGD, {"momentum": 0.9}),
        ({"optimizer": "adamw"}, AdamW, {}),
        ({}, Adam, {}),
    ],
)
def test_optimizers_are_those_of_torch(settings: dict[str, Any], kind: type[SGD], options: dict[str, float]) -> None:
    model = build()
    optimizer = build_optimizer(model, spec_of(1, 40, 1e-2, weight_decay=1e-3, **settings), CPU)
    reference = kind(model.parameters(), lr=1e-2, weight_decay=1e-3, fused=True, **options)
    assert type(optimizer) is kind
    assert optimizer.defaults == reference.defaults


def test_the_weight_of_the_kl_divergence_rises_to_one(digits: Images) -> None:
    model, weights = build("vae"), []
    assert isinstance(model, VariationalAutoencoder)
    spec = spec_of(4, 50, kl_warm_up=2)
    for _ in training.run(model, data_of(digits.images[:100]), spec, "elbo", 0, CPU):
        weights.append(model.kl_weight)
    assert weights == [0.25, 0.75, 1.0, 1.0]
    assert all(param.isfinite().all() for param in model.parameters())


def test_epochs_of_a_warm_up_are_not_kept(digits: Images) -> None:
    spec = spec_of(5, 20, 1e-3, validation=0.25, patience=2, kl_warm_up=4)
    records = run_all(build("vae"), data_of(digits.images[:120]), spec)
    assert [record.kept_epoch for record in records[:4]] == [None] * 3 + [4]


def test_batch_norm_never_sees_a_single_image(digits: Images) -> None:
    spec = NetworkSpec.model_validate({"latent": 2, "batch_norm": True, "encoder": {"dense": [8]}})
    model = models.build(spec, IMAGE)
    (record,) = run_all(model, data_of(digits.images[:41]), spec_of(1, 20, schedule="cosine"))
    assert model.state_dict()["encoder.2.num_batches_tracked"] == 2
    assert record.train_mse > 0


def test_training_stops_early_and_keeps_the_best_epoch(digits: Images) -> None:
    model, data = build(), data_of(digits.images[:120])
    spec = spec_of(200, 20, 0.05, validation=0.25, patience=3, test_every=50)
    states = {}
    records = []
    for record in training.run(model, data, spec, "squared_error", 0, CPU):
        states[record.epoch] = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        records.append(record)
    errors = [record.validation_mse for record in records]
    best = errors.index(min(errors)) + 1
    assert len(records) == records[-1].kept_epoch + 3 == best + 3 < 200
    assert all(torch.equal(tensor, states[best][name]) for name, tensor in model.state_dict().items())
    recorder = training.TrainingRecorder(model, data)
    for record in records:
        recorder.add(record)
    summary = recorder.summary()
    assert (summary.epochs, summary.kept_epoch, summary.validation_mse) == (len(records), best, min(errors))
    assert summary.test_mse == records[best - 1].test_mse
    assert f"weights of epoch {best} of {len(records)}" in training.summary_text("mine", summary)
    assert recorder.history().columns["validation_mse"] == errors
    assert records[-1].logged()["kept_epoch"] == best


def test_validation_images_are_not_trained_on(digits: Images) -> None:
    data = data_of(digits.images[:100])
    split = data.hold_out(20, seed=1)
    assert split.validation is not None
    inputs, images = split.validation
    assert torch.equal(inputs, images)
    rows = torch.cat([split.images, images]).flatten(1)
    assert sorted(map(bytes, rows.numpy())) == sorted(map(bytes, data.images.flatten(1).numpy()))
    assert torch.equal(data.hold_out(20, seed=1).images, split.images)
    assert not torch.equal(data.hold_out(20, seed=2).images, split.images)
    (record,) = run_all(build(), data, spec_of(1, 20, validation=0.2), seed=1)
    assert record.validation_mse is not None
    assert record.kept_epoch is None
