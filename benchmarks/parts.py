"""Parts of the benchmark. After each variant, a part yields all of its results so far, keyed by variant."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import memory as peaks
from benchmarks import models as pairs
from benchmarks.engines import ENGINES, TITLES
from benchmarks.plain import IMAGE
from benchmarks.processes import measure, measure_together
from benchmarks.worker import Timing
from benchmarks.workload import EPOCH, Task, Workload, prepare
from hourglass.models.spec import multiply_adds
from hourglass.settings.params import load

SMALL_NETWORK = 500_000  # multiply-adds per image up to which a whole epoch is timed
PART_OF_AN_EPOCH = 12_000
RUN_EPOCHS, PRECISION_EPOCHS, MODEL_EPOCHS = 50, 3, 10
PARALLEL = (1, 2, 4, 8, 16)
SIZES = (50_000, 200_000, 800_000)

Results = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """Command-line options. Each part of the benchmark has its own defaults for options that are None."""

    part: str
    variants: tuple[str, ...] | None
    engines: tuple[str, ...] | None
    images: int | None
    sizes: tuple[int, ...] | None
    epochs: int | None
    rounds: int | None
    threads: int
    into: Path


def trainable_variants() -> tuple[str, ...]:
    """Return the variants of params.yaml that are trained by gradient descent."""
    return tuple(name for name, variant in load().variants.items() if variant.train is not None)


def epochs(options: Options, rounds: int) -> Iterator[Results]:
    """Measure seconds per epoch of all engines, in another order each round."""
    engines, results = _engines(options, ENGINES), Results()
    for name in options.variants or trainable_variants():
        task, workload = _task(options, name)
        results[name] = _facts(workload) | {"rounds": []}
        for number in range(rounds):
            turn = number % len(engines)
            seconds = {}
            for engine in engines[turn:] + engines[:turn]:
                seconds[engine] = {"seconds": _scaled(measure(replace(task, engine=engine)), task)}
                _log("epochs", name, f"round {number + 1}, {TITLES[engine]}: {seconds[engine]['seconds']:.3f} s")
            results[name]["rounds"].append(seconds)
        yield results


def runs(options: Options, rounds: int) -> Iterator[Results]:
    """Measure the duration of every epoch of complete runs, because some training loops slow down during a run."""
    results = Results()
    for name in options.variants or ("linear",):
        task, workload = _task(options, name, options.epochs or RUN_EPOCHS)
        results[name] = _facts(workload) | {"rounds": []}
        for number in range(rounds):
            timings = {}
            for engine in _engines(options, ("hourglass", "sheets-0")):
                timing = measure(replace(task, engine=engine))
                timings[engine] = {"epoch_seconds": timing.epoch_seconds, "test_mse": timing.test_mse}
                _log("runs", name, f"round {number + 1}, {TITLES[engine]}: {_scaled(timing, task):.3f} s an epoch")
            results[name]["rounds"].append(timings)
        yield results


def parallel(options: Options, rounds: int) -> Iterator[Results]:
    """Measure images per second of several runs at once, with one thread each."""
    results = Results()
    for name in options.variants or ("linear", "strided"):
        task, workload = _task(options, name)
        results[name] = _facts(workload) | {"rounds": []}
        for number in range(rounds):
            rates = {}
            for count in PARALLEL:
                timings = measure_together([replace(task, threads=1)] * count)
                seconds = max(timing.end for timing in timings) - min(timing.start for timing in timings)
                rates[str(count)] = {"images_per_second": count * task.images / seconds}
                _log(
                    "parallel", name, f"round {number + 1}, {count} runs: {count * task.images / seconds:,.0f} images/s"
                )
            results[name]["rounds"].append(rates)
        yield results


def precision(options: Options, rounds: int) -> Iterator[Results]:
    """Measure seconds per epoch and the test error after a few epochs, in float32 and bfloat16."""
    results = Results()
    for name in options.variants or ("linear", "strided", "convolutional", "selu"):
        task, workload = _task(options, name, options.epochs or PRECISION_EPOCHS)
        results[name] = _facts(workload) | {"epochs": task.epochs, "rounds": []}
        for number in range(rounds):
            timings = {}
            for kind in ("float32", "bfloat16"):
                timing = measure(replace(task, precision=kind))
                timings[kind] = {"seconds": _scaled(timing, task), "test_mse": timing.test_mse}
                _log("precision", name, f"round {number + 1}, {kind}: {timings[kind]['seconds']:.3f} s")
            results[name]["rounds"].append(timings)
        yield results


def memory(options: Options, rounds: int) -> Iterator[Results]:
    """Measure the peak memory of preparing, training for one epoch and evaluating, for several numbers of images."""
    results = Results()
    for name in options.variants or ("linear",):
        results[name] = {"shape": peaks.SHAPE, "test_images": peaks.TEST_IMAGES, "rounds": [{} for _ in range(rounds)]}
        for number in range(rounds):
            for images in options.sizes or SIZES:
                steps = results[name]["rounds"][number][str(images)] = {}
                for step, peak in peaks.measure(name, images, options.threads):
                    steps[step] = asdict(peak)
                    megabytes = f"{peak.anonymous / 1e6:,.0f} of {peak.resident / 1e6:,.0f} MB anonymous"
                    _log("memory", name, f"round {number + 1}, {images:,} images, {step}: {megabytes}")
                yield results


def models(options: Options, rounds: int) -> Iterator[Results]:
    """Train and score models of pythae and of this project, with a different seed in each round."""
    results = Results()
    epochs, images = options.epochs or MODEL_EPOCHS, options.images or EPOCH
    for name in (options.variants if options.part == "models" else None) or pairs.PAIRS:
        results[name] = {"epochs": epochs, "images": images, "rounds": []}
        for seed in range(rounds):
            scores = {}
            for engine in pairs.ENGINES[seed % 2 :] + pairs.ENGINES[: seed % 2]:
                task = pairs.Task(name, engine, images, epochs, seed, options.threads)
                scores[engine] = pairs.measure(task)
                values = ", ".join(f"{key} {value:.4g}" for key, value in scores[engine].items())
                _log("models", name, f"round {seed + 1}, {TITLES[engine]}: {values}")
            results[name]["rounds"].append(scores)
        yield results


PARTS: dict[str, tuple[Callable[[Options, int], Iterator[Results]], int]] = {
    "epochs": (epochs, 3),
    "runs": (runs, 1),
    "parallel": (parallel, 1),
    "precision": (precision, 1),
    "memory": (memory, 1),
    "models": (models, 2),
}
"""Parts with their default number of rounds."""


def _engines(options: Options, default: Iterable[str]) -> list[str]:
    """Return the requested engines; this project's is always the first, as the reference."""
    return ["hourglass", *(engine for engine in options.engines or default if engine != "hourglass")]


def _task(options: Options, variant: str, epochs: int | None = None) -> tuple[Task, Workload]:
    """Return a task of this project's engine, and its workload.

    Without `epochs`, one epoch is timed, and for large networks only a part of it unless the options set `images`.
    """
    task = Task("hourglass", variant, options.images or EPOCH, options.threads, epochs or 1, test=epochs is not None)
    workload = prepare(task)
    images = len(workload.images)
    if epochs is None and options.images is None and _facts(workload)["multiply_adds"] > SMALL_NETWORK:
        images = min(images, PART_OF_AN_EPOCH)
    return replace(task, images=images), replace(workload, images=workload.images[:images])


def _facts(workload: Workload) -> Results:
    return {
        "images": len(workload.images),
        "batch_size": workload.train.batch_size,
        "multiply_adds": sum(map(multiply_adds, workload.network.layers(IMAGE))),
    }


def _scaled(timing: Timing, task: Task) -> float:
    """Return the mean seconds per epoch, scaled to 60,000 images."""
    return sum(timing.epoch_seconds) / task.epochs * EPOCH / task.images


def _log(part: str, variant: str, text: str) -> None:
    print(f"{part}, {variant}, {text}", flush=True)
