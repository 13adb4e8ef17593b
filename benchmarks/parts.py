"""What is measured, part by part: each answers with what its JSON file holds, growing variant by variant."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from benchmarks.engines import ENGINES, TITLES
from benchmarks.options import Options, trainable
from benchmarks.processes import measured, rate, together
from benchmarks.results import Results
from benchmarks.work import EPOCH, Job, Work, prepare
from benchmarks.worker import Measured
from hourglass import sgd
from hourglass.models import Autoencoder, build
from hourglass.models.sizes import multiply_adds
from hourglass.settings.params import SGD_VARIANT, load

LIGHT = 500_000  # multiply-adds an image up to which a whole epoch is timed
PART_OF_AN_EPOCH = 12_000
TRAINING_EPOCHS, PRECISION_EPOCHS = 50, 3
PASSES = 10  # of the kinds of gradient descent that are fast
AT_ONCE = (1, 2, 4, 8, 16)
TWO_KINDS = ("linear", "strided")
FOUR_KINDS = (*TWO_KINDS, "convolutional", "selu")


def epochs(options: Options) -> Iterator[Results]:
    """Seconds an epoch of every variant and engine, engine after engine within a round, the order turning."""
    engines = _engines(options, ENGINES)
    results: Results = {}
    for name in options.variants or trainable():
        job, work = _job(options, name)
        results[name] = _facts(work) | {"rate": rate(options.threads), "rounds": []}
        for number in range(options.rounds_of("epochs")):
            turn = number % len(engines)
            found = {}
            for engine in engines[turn:] + engines[:turn]:
                done = measured(replace(job, engine=engine))
                found[engine] = {"seconds": _whole(done, job), "peak_mb": done.peak_mb}
                _say("epochs", name, f"round {number + 1}", engine, found[engine]["seconds"])
            results[name]["rounds"].append(found)
        yield results


def trainings(options: Options) -> Iterator[Results]:
    """Whole trainings, epoch by epoch: where a loop slows down, one epoch does not tell."""
    results: Results = {}
    for name in options.variants or TWO_KINDS[:1]:
        job, work = _job(options, name, options.epochs or TRAINING_EPOCHS)
        results[name] = _facts(work) | {"rounds": []}
        for number in range(options.rounds_of("trainings")):
            found = {}
            for engine in _engines(options, ("this", "sheets-0")):
                done = measured(replace(job, engine=engine))
                found[engine] = {"epoch_seconds": done.epoch_seconds, "test_mse": done.test_mse}
                _say("trainings", name, f"round {number + 1}, an epoch", engine, _whole(done, job))
            results[name]["rounds"].append(found)
        yield results


def side_by_side(options: Options) -> Iterator[Results]:
    """Images a second of several trainings at once, one thread each, this engine's."""
    results: Results = {}
    for name in options.variants or TWO_KINDS:
        job, work = _job(options, name)
        results[name] = _facts(work) | {"rounds": []}
        for number in range(options.rounds_of("side-by-side")):
            found = {}
            for count in AT_ONCE:
                done = together([replace(job, threads=1)] * count)
                seconds = max(one.ended for one in done) - min(one.began for one in done)
                found[str(count)] = {"images_per_second": count * job.images / seconds}
                speed = f"{count * job.images / seconds:,.0f} images/s"
                print(f"side-by-side, {name}, round {number + 1}, {count} at once: {speed}", flush=True)
            results[name]["rounds"].append(found)
        yield results


def growth(options: Options) -> Iterator[Results]:
    """What images, code size and batch size cost as they grow sixteenfold, this engine's."""
    results: Results = {}
    for name in options.variants or TWO_KINDS:
        job, work = _job(options, name)
        results[name] = _facts(work) | {"rounds": []}
        for number in range(options.rounds_of("growth")):
            found: dict[str, Any] = {}
            for what, size, larger in _grown(job, work):
                done = measured(larger)
                figures = {"seconds": sum(done.epoch_seconds), "peak_mb": done.peak_mb}
                found.setdefault(what, {})[str(size)] = figures
                _say("growth", name, f"round {number + 1}, {what} {size:,}", "this", figures["seconds"], larger.images)
            results[name]["rounds"].append(found)
        yield results


def precision(options: Options) -> Iterator[Results]:
    """bfloat16 against float32: seconds an epoch and the test error after a few, this engine's."""
    results: Results = {}
    for name in options.variants or FOUR_KINDS:
        job, work = _job(options, name, options.epochs or PRECISION_EPOCHS)
        results[name] = _facts(work) | {"epochs": job.epochs, "rounds": []}
        for number in range(options.rounds_of("precision")):
            found = {}
            for kind in ("float32", "bfloat16"):
                done = measured(replace(job, precision=kind))
                seconds = _whole(done, job)
                found[kind] = {"seconds": seconds, "test_mse": done.test_mse}
                _say("precision", name, f"round {number + 1}, {kind}", "this", seconds)
            results[name]["rounds"].append(found)
        yield results


def descents(options: Options) -> Iterator[Results]:
    """CPU seconds on one thread of a pass over the images of sgd-variants by each kind of gradient descent."""
    _, work = _job(options, SGD_VARIANT)
    settings = load().sgd_variants
    images = work.images[: options.images or settings.images]
    results: Results = {SGD_VARIANT: _facts(work) | {"images": len(images), "rounds": []}}
    for number in range(options.rounds_of("descents")):
        found = {}
        for way in sgd.methods(settings, len(images)):
            passes = 1 if way.batch_size == 1 else PASSES
            seconds = _descent_seconds(replace(way, passes=passes), work, images) / passes
            found[way.name] = {"seconds": seconds, "batch_size": way.batch_size}
            print(f"descents, round {number + 1}, {way.name}: {seconds:.3f} s of CPU time a pass", flush=True)
        results[SGD_VARIANT]["rounds"].append(found)
    yield results


def _descent_seconds(way: sgd.Method, work: Work, images: Tensor) -> float:
    """CPU seconds of all updates of one kind of gradient descent, on one thread."""
    model = build(work.network, work.seed)
    assert isinstance(model, Autoencoder)
    with sgd.one_thread():
        *_, last = sgd.descend(model, sgd.Split(images, images[:1]), way, 0, work.loss, work.seed)
    return last.seconds


MEASURES: dict[str, Callable[[Options], Iterator[Results]]] = {
    "epochs": epochs,
    "trainings": trainings,
    "side-by-side": side_by_side,
    "growth": growth,
    "precision": precision,
    "descents": descents,
}


def _engines(options: Options, default: Iterable[str]) -> list[str]:
    """The engines that are asked for; this one is always among them, being what the others are compared with."""
    return ["this", *(engine for engine in options.engines or default if engine != "this")]


def _job(options: Options, variant: str, epochs: int | None = None) -> tuple[Job, Work]:
    """A job of this engine on the variant, and its work; without `epochs` the part of one that is timed."""
    job = Job("this", variant, options.images or EPOCH, options.threads, epochs or 1, tested=epochs is not None)
    work = prepare(job)
    images = len(work.images)  # a smaller data set has fewer than asked for
    if epochs is None and options.images is None and _multiply_adds(work) > LIGHT:
        images = min(images, PART_OF_AN_EPOCH)
    return replace(job, images=images), replace(work, images=work.images[:images])


def _facts(work: Work) -> Results:
    return {
        "images": len(work.images),
        "batch_size": work.train.batch_size,
        "multiply_adds": _multiply_adds(work),
    }


def _multiply_adds(work: Work) -> int:
    """Of encoder and decoder together, for one image."""
    return sum(map(multiply_adds, work.network.layers()))


def _whole(done: Measured, job: Job) -> float:
    """Seconds of an epoch of 60,000 images."""
    return sum(done.epoch_seconds) / job.epochs * EPOCH / job.images


def _grown(job: Job, work: Work) -> Iterator[tuple[str, int, Job]]:
    for images in (job.images // 16, job.images // 4, job.images):
        yield "images", images, replace(job, images=images)
    for factor in (1, 4, 16):
        latent = work.network.latent * factor
        yield "code size", latent, replace(job, latent=latent)
    for factor in (1, 4, 16):
        batch_size = max(1, work.train.batch_size // 4) * factor
        yield "batch size", batch_size, replace(job, batch_size=batch_size)


def _say(part: str, variant: str, which: str, engine: str, seconds: float, images: int = EPOCH) -> None:
    print(
        f"{part}, {variant}, {which}, {TITLES[engine]}: {seconds:.3f} s, {images / seconds:,.0f} images/s", flush=True
    )
