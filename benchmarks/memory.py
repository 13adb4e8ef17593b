"""Peak memory of stages on random images: `python -m benchmarks.memory STEP VARIANT IMAGES`, in the current folder.

The steps are `make` (write random images), `prepare`, `train` and `evaluate`, and each step reads the files of the
steps before. IMAGES is the number of training images. The process runs one step and prints one line of JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread

import torch
from torch.nn.functional import interpolate

from hourglass import classifier, evaluation, models, training
from hourglass.corruptions import TESTED, CorruptedImages, TrainingInputs
from hourglass.datasets.preparation import prepare
from hourglass.errors import UserError
from hourglass.evaluation import EvaluationData
from hourglass.files import load_tensors, scratch
from hourglass.images import Images
from hourglass.randomness import generator
from hourglass.settings.params import load
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training import TrainingData

STEPS = ("prepare", "train", "evaluate")
TEST_IMAGES = 10_000  # or as many as training images, if these are fewer
SHAPE = (3, 32, 32)
CLASSES = tuple("abcdefghij")
CHUNK = 10_000
SAMPLING_SECONDS = 0.02
RAW, IMAGES, INPUTS = Path("raw"), Path("images"), Path("inputs")
OUTLIERS, MODEL = Path("outliers.safetensors"), Path("model.safetensors")


@dataclass(frozen=True)
class Peak:
    """Largest memory of a process in bytes, and its duration in seconds.

    `anonymous` is memory that belongs to the process. `resident` also counts pages of mapped files, which the system
    drops or writes back when memory is short.
    """

    anonymous: int
    resident: int
    seconds: float


def measure(variant: str, images: int, threads: int) -> Iterator[tuple[str, Peak]]:
    """Run the steps on `images` training images, each in a process of its own, with `threads` CPU threads.

    Yield the name and the peak memory of each step except `make`. Raises UserError if a step fails.
    """
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
    }
    params = Path("params.yaml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix=".hourglass-", dir=".") as folder:  # /tmp may be in memory
        Path(folder, "params.yaml").write_text(params, encoding="utf-8")
        for step in ("make", *STEPS):
            command = [sys.executable, "-m", "benchmarks.memory", step, variant, str(images)]
            run = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False)
            if run.returncode:
                raise UserError(f"step {step} failed on {images:,} images")
            if step in STEPS:
                yield step, Peak(**json.loads(run.stdout.splitlines()[-1]))


def _make(count: int, split: str) -> None:
    """Write the raw file of a split, with `count` smooth random images of ten classes."""
    means = torch.rand(len(CLASSES), SHAPE[0], 8, 8, generator=generator(0, "classes"))
    noises = generator(0, split)
    images, labels = scratch((count, *SHAPE)), torch.arange(count) % len(CLASSES)
    for part, chosen in zip(images.split(CHUNK), labels.split(CHUNK), strict=True):
        noise = torch.randn(len(chosen), *means.shape[1:], generator=noises)
        part.copy_(interpolate((means[chosen] + 0.3 * noise).clamp(0, 1), SHAPE[1:], mode="bilinear") * 255)
    Images(images, labels.byte(), "random", CLASSES).save(RAW / f"{split}.safetensors")


def _run(step: str, variant: str, images: int) -> None:
    params = load()
    settings = params.variant(variant)
    if settings.train is not None:
        settings = settings.with_overrides(None, {"epochs": 1})
    config = TrainConfig.of(settings, SHAPE, params.seed, params.strengths(), True)
    if step == "make":
        _make(images, "train")
        _make(min(TEST_IMAGES, images), "test")
    elif step == "prepare":
        prepare(RAW, IMAGES, INPUTS, OUTLIERS, "random", params.strengths(), True, params.seed)
    elif step == "train":
        data = TrainingData.load(config, IMAGES, INPUTS)
        model = models.build(config.network, data.shape, config.seed)
        cpu, keywords = torch.device("cpu"), config.loss_settings
        for _ in training.run(model, data, config.train, config.loss, config.seed, cpu, loss_settings=keywords):
            pass
        models.save(model, MODEL)
    else:
        train, test = (Images.load(IMAGES / f"{split}.safetensors") for split in ("train", "test"))
        inputs = {name: CorruptedImages.load(INPUTS / name / "test.safetensors") for name in TESTED}
        network = classifier.build(SHAPE, len(CLASSES), params.seed).eval()
        training_inputs = TrainingInputs.of(
            train, CorruptedImages.load(INPUTS / config.corruption / "test.safetensors"), params.seed
        )
        outliers, _ = load_tensors(OUTLIERS, "prepare")
        evaluation.measure(models.load(MODEL), EvaluationData(train, test, inputs, network, outliers), training_inputs)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def main(step: str, variant: str, images: str) -> None:
    """Run one step, and print its peak memory and duration as JSON."""
    largest, ended, start = [0], Event(), time.perf_counter()

    def watch() -> None:
        while not ended.wait(SAMPLING_SECONDS):
            largest[0] = max(largest[0], _status("RssAnon"))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        _run(step, variant, int(images))
    finally:
        ended.set()
        watcher.join()
    print(json.dumps(asdict(Peak(largest[0], _status("VmHWM"), time.perf_counter() - start))))


if __name__ == "__main__":
    main(*sys.argv[1:])
