"""Stochastic, mini-batch and full-batch gradient descent compared: `python -m stages.sgd_variants`.

What a clock decides differs from run to run, so it is no output of the pipeline: seconds, and the sentences about
them, go to the terminal and to MLflow, and their picture also to `plots/sgd-variants/seconds.png`, which neither DVC
nor git keeps.
"""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hourglass import models, sgd, tracking
from hourglass.data import Images
from hourglass.errors import UserError
from hourglass.figures import sgd as figures
from hourglass.figures import style
from hourglass.files import replacing, sha256, write_json
from hourglass.settings.params import Params, load
from hourglass.progress import progress
from hourglass.settings.network import NetworkSpec
from hourglass.training import EpochRecord
from hourglass.models.inference import mean_pixel
from stages import run
from stages.paths import IMAGES, METRICS, PLOTS

OUT = PLOTS / "sgd-variants"
VARIANT = "linear"
LOGGED = {"batch_size", "learning_rate", "train_mse", "test_mse", "updates", "seconds"}  # as parameters or curves
Descents = dict[str, sgd.Descent]


def main() -> None:
    params = load()
    network = described_network(params)
    train, test = Images.load(IMAGES / "train.safetensors"), Images.load(IMAGES / "test.safetensors")
    images = sgd.Split(sgd.subset(train.images, params.sgd_variants.images, params.seed), test.images)
    descents: Descents = {}
    runs: list[tracking.TrainingRun] = []
    with sgd.one_thread():
        for method in sgd.methods(params.sgd_variants, len(images.train)):
            with tracking.training_run(described(params, network, method, len(images.train))) as mlflow_run:
                descents[method.name] = follow(network, images, method, params, mlflow_run)
                runs.append(mlflow_run)
    found = sgd.figures(descents)
    said = sgd.findings(found, params.sgd_variants.passes)
    timed = sgd.timed_figures(descents, len(images.train))
    said_of_time = sgd.timed_findings(timed)
    summary = {"images": len(images.train), "passes": params.sgd_variants.passes, "methods": found, "findings": said}
    write_json(METRICS / "sgd-variants.json", summary)
    write_histories(descents)
    pictures = draw(descents, images, params.data.dataset)
    record(runs, [found[name] | timed[name] for name in descents], [*said, *said_of_time], pictures)
    report(timed, [*said, *said_of_time])


def described_network(params: Params) -> NetworkSpec:
    """The network that is trained, as params.yaml describes it for the variant `linear`."""
    if VARIANT not in params.variants:
        raise UserError(
            f"params.yaml has no variant {VARIANT!r}, whose network sgd-variants trains; it has "
            f"{', '.join(params.variants)}"
        )
    network = params.variants[VARIANT].network
    if not isinstance(network, NetworkSpec):
        raise UserError(f"variants.{VARIANT}.network is of kind {network.kind}, but only an autoencoder has gradients")
    return network


def described(params: Params, network: NetworkSpec, method: sgd.Method, images: int) -> tracking.Training:
    """Name and settings of one method, and the hash of the data it is trained on."""
    settings = {
        "variant": VARIANT,
        "seed": params.seed,
        "data": params.data.model_dump(),
        "device": "cpu",
        "network": network.model_dump(),
        "sgd": {
            "method": method.name,
            "images": images,
            "passes": params.sgd_variants.passes,
            "batch_size": method.batch_size,
            "learning_rate": method.learning_rate,
        },
    }
    tags = {"sgd.method": method.name, "data.sha256": sha256(IMAGES / "train.safetensors")}
    return tracking.Training(f"sgd {method.name}", params.data.dataset, settings, tags)


def follow(
    network: NetworkSpec, images: sgd.Split, method: sgd.Method, params: Params, mlflow_run: tracking.TrainingRun
) -> sgd.Descent:
    """Train the network, from the initial weights that all methods share, and log it pass by pass."""
    passes = params.sgd_variants.passes
    model = models.build(network, params.seed)
    assert isinstance(model, models.Autoencoder)
    model.start_at(mean_pixel(images.train))
    points = []
    with progress(f"sgd {method.name}", passes) as show:
        for point in sgd.descend(model, images, method, passes, params.seed):
            points.append(point)
            if not point.passes.is_integer():
                continue
            number, seconds = int(point.passes), point.seconds
            losses = {"train_mse": point.train_mse, "test_mse": point.test_mse}
            mlflow_run.log_epoch(number, losses | {"updates": point.updates, "seconds": seconds})
            if number:
                speed = number * len(images.train) / seconds
                show(EpochRecord(number, point.train_mse, {}, point.test_mse, speed))
    agreement = sgd.gradient_agreement(model, images.train, method.batch_size, params.seed)
    return sgd.Descent(method, points, agreement)


def write_histories(descents: Descents) -> None:
    """history.csv: a line for each pass, with the losses of all methods. updates.csv: a line for each measurement."""
    names = [f"{name}_{loss}" for name in descents for loss in ("train_mse", "test_mse")]
    lines = []
    for points in zip(*(descent.passes for descent in descents.values()), strict=True):
        losses = [loss for point in points for loss in (point.train_mse, point.test_mse)]
        lines.append([int(points[0].passes), *losses])
    write_csv(OUT / "history.csv", ["pass", *names], lines)
    every = [
        [name, point.updates, point.passes, point.train_mse, point.test_mse]
        for name, descent in descents.items()
        for point in descent.points
    ]
    write_csv(OUT / "updates.csv", ["method", "updates", "passes", "train_mse", "test_mse"], every)


def write_csv(path: Path, names: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """A CSV file with a header."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *lines])


def draw(descents: Descents, images: sgd.Split, dataset: str) -> list[Path]:
    """The losses against passes and updates, and against seconds."""
    ways = {
        legend(descent.method): {
            column: [getattr(point, column) for point in descent.points]
            for column in ("passes", "updates", "seconds", "train_mse", "test_mse")
        }
        for descent in descents.values()
    }
    subject = f"{dataset}: the linear network under three kinds of gradient descent"
    caption = (
        f"Same initial weights, same {len(images.train):,} training images, same passes; plain steps, no momentum."
        "\nEvery point is measured over the whole subset and the whole test set."
    )
    pictures = [OUT / "losses.png", OUT / "seconds.png"]
    style.save(figures.losses(ways, ["passes", "updates"], subject, caption), pictures[0])
    caption += "\nOne CPU thread; without the time of measuring. Differs from run to run."
    style.save(figures.losses(ways, ["seconds"], subject, caption), pictures[1])
    return pictures


def legend(method: sgd.Method) -> str:
    """A method and what sets it apart."""
    images = "1 image" if method.batch_size == 1 else f"{method.batch_size:,} images"
    return f"{method.name}\n{images} a step,\nlearning rate {method.learning_rate:g}"


def record(
    runs: Sequence[tracking.TrainingRun],
    rows: Sequence[Mapping[str, float]],
    said: Sequence[str],
    pictures: Sequence[Path],
) -> None:
    """Add to each method's MLflow run its figures, the pictures of all three and the sentences."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "findings.txt"
        text.write_text("".join(f"{sentence}\n" for sentence in said), encoding="utf-8")
        for mlflow_run, row in zip(runs, rows, strict=True):
            mlflow_run.log_results({figure: value for figure, value in row.items() if figure not in LOGGED})
            for path in [*pictures, text]:
                mlflow_run.log_picture(path, "sgd-variants")


def report(timed: Mapping[str, Mapping[str, float]], said: Sequence[str]) -> None:
    """What was found, on the terminal."""
    for name, row in timed.items():
        print(f"{name}: {row['seconds']:.1f} s of CPU time for updates, {row['images_per_second']:,.0f} images/s")
    for sentence in said:
        print(f"- {sentence}")
    print(f"pictures: {OUT / 'losses.png'}, {OUT / 'seconds.png'}")


if __name__ == "__main__":
    run(main)
