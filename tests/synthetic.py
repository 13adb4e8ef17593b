"""Made-up records of a few variants, as the stages leave them for the comparison: random numbers, nothing trained."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.datasets import DATASETS
from hourglass.figures import style, sweep
from hourglass.images import Images
from hourglass.records import (
    Baselines,
    CodeScores,
    CodesDecoded,
    Corrupted,
    Cost,
    Evaluation,
    EvaluationImages,
    History,
    LatentAnalysis,
    LatentImages,
    LeastTold,
    MethodFigures,
    OwnCodes,
    OwnInput,
    PcaScores,
    Scores,
    Study,
    ThroughTraining,
)
from hourglass.records.sweep import Trial
from hourglass.report import Comparison, Swept, VariantRecords
from hourglass.settings import params, stages
from hourglass.settings.stage_configs import CompareConfig, TrainConfig

ROOT = Path(__file__).parents[1]
VARIANTS = ("linear", "denoising_vae", "selu", "selu_2", "pca")
OF_EACH_CLASS, MAPPED = 3, 40
LINES, STEPS, LATTICE, SHOWN = 5, 9, 15, 10
TRAINING_IMAGES = b"made up"
NOT_SWEPT = Swept()
DATA_SHA256 = sha256(TRAINING_IMAGES).hexdigest()
METHOD = MethodFigures(
    batch_size=1,
    learning_rate=0.1,
    passes=2,
    updates=8,
    updates_per_pass=4,
    train_mse=0.1,
    test_mse=0.15,
    common_passes_train_mse=0.1,
    loss_rises=0.0,
    gradient_agreement_initial=0.3,
    gradient_agreement_trained=0.2,
    updates_to_target=1,
    passes_to_target=0.25,
)
"""Of one kind of gradient descent."""
STUDY = Study(
    images=100,
    common_passes=2,
    mean_image_mse=0.1,
    target_mse=0.06,
    methods={"stochastic": METHOD},
    findings=("Stochastic gradient descent has an advantage.", "It has a disadvantage."),
)


@dataclass(frozen=True)
class Everything:
    """What `comparison.compare` is given."""

    settings: CompareConfig
    variants: Mapping[str, VariantRecords]
    baselines: Baselines
    test: Images
    inputs: Mapping[str, Tensor]

    def compare(self, swept: Swept = NOT_SWEPT) -> Comparison:
        given = self.settings, self.variants, self.baselines, self.test, self.inputs
        return comparison.compare(*given, DATA_SHA256, swept, STUDY.findings)


def swept(folder: Path) -> Swept:
    """A sweep over code sizes and noise; pictures go through the folder."""
    sizes = [("latent_dim", name, size, "", seed) for name in ("linear", "pca") for size in (2, 8) for seed in (0, 1)]
    noise = [("noise", "denoising", 8, sigma, seed) for sigma in ("0.1", "0.3") for seed in (0, 1)]
    trials = [
        Trial(grid, "digits", name, size, sigma, 5, seed, "", _results(f"{name} {size} {sigma} {seed}"))
        for grid, name, size, sigma, seed in (*sizes, *noise)
    ]
    for name, figure in sweep.pictures(trials, "digits", {}).items():
        style.save(figure, folder / f"{name}.png")
    return Swept(trials, {}, {path.stem: path.read_bytes() for path in folder.glob("*.png")})


def _results(name: str) -> dict[str, float]:
    draw = random.Random(name)
    levels = {
        f"{what}_sigma_{sigma}_psnr": draw.uniform(10, 20) for what in ("noisy", "restored") for sigma in (0.1, 0.3)
    }
    return {
        "clean.mse": draw.uniform(0.01, 0.05),
        "clean.label_accuracy": draw.random(),
        "code.knn": draw.random(),
        "collapsed": 0,
        **levels,
    }


def everything(names: tuple[str, ...] = VARIANTS) -> Everything:
    """All records of variants of params.yaml; the labels of the test images are in no order."""
    settings = stages.resolve(params.load(ROOT / "params.yaml"))
    test = images("test", 60)
    labels = torch.arange(60).remainder(10)[torch.randperm(60, generator=generator("labels"))]
    chosen = torch.cat([(labels == label).nonzero().flatten()[:OF_EACH_CLASS] for label in range(10)])
    own = [settings[f"train/{name}"] for name in names]
    trainings = {name: training for name, training in zip(names, own, strict=True) if isinstance(training, TrainConfig)}
    return Everything(
        CompareConfig(dataset="digits", overrides={"latent": 3}, seed=7, strengths={}, variants=names),
        {name: records(name, training, chosen) for name, training in trainings.items()},
        baselines({size for of in trainings.values() for size in (of.network.latent, of.network.free_dims)}),
        Images(test, labels.byte(), "digits", DATASETS["digits"].classes),
        {name: images(f"inputs {name}", 60) if name != "none" else test for name in TESTED},
    )


def records(name: str, training: TrainConfig, chosen: Tensor) -> VariantRecords:
    """Of one variant; chosen: the test images that are shown going through it."""
    return VariantRecords(
        training,
        history(epochs := training.train.epochs if training.train else 1, name),
        learning(epochs, name),
        evaluation(name, training.network.latent, training.corruption),
        evaluation_images(name, chosen),
        analysis(name, training.network.latent, training.corruption),
        latent_images(name, training.network.latent, training.corruption),
    )


def history(epochs: int, name: str = "") -> History:
    """Losses that fall; on test images they are measured every other epoch, and after the last."""
    measured = [epoch % 2 == 0 or epoch == epochs for epoch in range(1, epochs + 1)]
    level = random.Random(name).uniform(0.01, 0.02)
    training = [level + 0.05 / epoch for epoch in range(1, epochs + 1)]
    test = [value * 1.1 if due else None for value, due in zip(training, measured, strict=True)]
    columns = {"train_mse": training, "test_mse": test}
    if name.startswith("denoising_vae"):
        columns |= {f"test_{term}": [1000 * value for value in training] for term in ("reconstruction", "kl")}
        columns["test_sampled_mse"] = [2 * value for value in training]
    return History(range(1, epochs + 1), columns)


def learning(epochs: int, name: str) -> History:
    """More images show their class from epoch to epoch, in steps of a variant's own."""
    level = random.Random(name).uniform(0.5, 0.9)
    shares = [level - 0.4 / epoch for epoch in range(1, epochs + 1)]
    return History(range(1, epochs + 1), {"mse": [1 - share for share in shares], "label_accuracy": shares})


def scores(name: str) -> Scores:
    draw = random.Random(name)
    ranges = {
        "mse": (0.01, 0.04),
        "psnr": (14, 20),
        "ssim": (0.4, 0.8),
        "label_accuracy": (0.5, 0.9),
        "prediction_agreement": (0.5, 0.9),
    }
    return {key: draw.uniform(*limits) for key, limits in ranges.items()}


def code_scores(name: str, size: int) -> CodeScores:
    draw = random.Random(name)
    return CodeScores(
        size=size,
        free=size,
        active_units=draw.randint(1, size),
        participation_ratio=draw.uniform(1, size),
        knn=draw.random(),
        leave_one_out_knn=draw.random(),
        linear_probe=draw.random(),
        silhouette=draw.uniform(-0.1, 0.3),
    )


def evaluation(name: str, size: int, corruption: str = "none") -> Evaluation:
    draw = random.Random(f"{name} evaluation")
    return Evaluation(
        model_sha256=sha256(name.encode()).hexdigest(),
        clean=scores(f"{name} clean"),
        restored={kind: scores(f"{name} {kind}") for kind in TESTED if kind != "none"},
        class_mse={},
        through_training=ThroughTraining(
            wrong_class=draw.random(), first_epoch=10, epochs=41, at_mean_image=0, first_image_wrong=draw.randint(0, 41)
        ),
        code=code_scores(f"{name} code", size),
        own=OwnInput(corruption=corruption, scores=scores(f"{name} own"), code=code_scores(f"{name} own code", size)),
        cost=Cost(
            parameters=draw.randint(1000, 300000),
            encoder_multiply_adds=draw.randint(1000, 300000),
            decoder_multiply_adds=draw.randint(1000, 300000),
        ),
        collapsed=False,
    )


def evaluation_images(name: str, chosen: Tensor) -> EvaluationImages:
    shape = (len(TESTED), len(chosen))
    return EvaluationImages(
        errors=torch.zeros(60, dtype=torch.float64),
        per_image={key: torch.rand(60, generator=generator(f"{name} {key}")) for key in ("mse", "gaussian", "knn")},
        best=torch.arange(10),
        worst=torch.arange(10),
        best_images=images("best", 10),
        worst_images=images("worst", 10),
        samples=chosen,
        reconstructions=images(f"{name} reconstructions", *shape),
        sample_errors=torch.rand(shape, generator=generator(f"{name} errors")),
        verdicts=torch.randint(10, (50, 100), generator=generator(f"{name} verdicts")).byte(),
        confusion=torch.randint(1, 9, (10, 10), generator=generator(f"{name} confusion")),
    )


def analysis(name: str, size: int, corruption: str) -> LatentAnalysis:
    """corruption: of the variant's own input, whose codes are described too where it is not `none`."""
    draw = random.Random(f"{name} analysis")
    organised = {
        "trustworthiness": 0.9,
        "map_knn": draw.random(),
        "silhouette": draw.uniform(-0.1, 0.3),
        "least_told": LeastTold(label=0, share=0.2, taken_for=1),
    }
    recognised = draw.randint(0, 10) / 10
    distances = {**{way: draw.uniform(5, 60) for way in (*ways(name), "uniform")}, "training_images": 0.5}
    of_own = {way: draw.uniform(5, 60) for way in ("gaussian", "mixture", "uniform")}
    return LatentAnalysis(
        samples=MAPPED,
        latent_dim=size,
        decoded=CodesDecoded(class_means_recognised=recognised, generation=distances),
        own=None if corruption == "none" else OwnCodes(corruption=corruption, generation=of_own, **organised),
        **organised,
    )


def ways(name: str) -> tuple[str, ...]:
    """How random codes were drawn, but for the uniform way, which comes last."""
    return ("prior", "gaussian", "mixture") if name == "denoising_vae" else ("gaussian", "mixture")


def latent_images(name: str, size: int, corruption: str) -> LatentImages:
    shown = (*ways(name), "uniform")
    own_mapped = 0 if corruption == "none" else MAPPED
    return LatentImages(
        positions=10 * torch.randn(MAPPED, 2, generator=generator(f"{name} positions")),
        own_positions=10 * torch.randn(own_mapped, 2, generator=generator(f"{name} own positions")),
        codes=torch.randn(60, size, generator=generator(f"{name} codes")),
        ends=torch.arange(2 * LINES).unflatten(0, (LINES, 2)),
        lines=images(f"{name} lines", LINES, STEPS),
        lines_seen=torch.zeros(LINES, STEPS).byte(),
        mixtures=images(f"{name} mixtures", 10, 10),
        means_seen=torch.arange(10).byte(),
        generated={way: images(f"{name} {way}", SHOWN) for way in shown},
        generated_codes={},
        planes={plane: images(f"{name} {plane}", LATTICE, LATTICE) for plane in ("principal", "images")},
        plane_of_codes={},
        pairs=images("pairs", 1),
        swept=images("swept", 1, STEPS),
        swept_units=torch.arange(1),
        swept_low=torch.zeros(1),
        swept_high=torch.ones(1),
        swept_live=torch.ones(1, dtype=torch.bool),
    )


def baselines(sizes: set[int]) -> Baselines:
    corrupted = [name for name in TESTED if name != "none"]
    return Baselines(
        mean_image=scores("mean image"),
        originals={"label_accuracy": 0.9},
        corrupted={name: corrupted_scores(name, sizes) for name in corrupted},
        pca={
            str(size): PcaScores(clean=scores(f"pca {size}"), clipped=scores(f"pca {size} clipped"), restored={})
            for size in sizes
        },
    )


def corrupted_scores(name: str, sizes: set[int]) -> Corrupted:
    return Corrupted(
        input=scores(f"{name} i"),
        linear_filter=scores(f"{name} f"),
        linear_filter_clipped=scores(f"{name} f clipped"),
        reduced_rank={str(size): scores(f"{name} rank {size}") for size in sizes},
    )


def tensors(record: object) -> dict[str, Tensor]:
    """All of a record, by name; of those that it has by name, by both."""
    found: dict[str, Tensor] = {}
    for name, value in vars(record).items():
        found |= {name: value} if isinstance(value, Tensor) else {f"{name}.{key}": one for key, one in value.items()}
    return found


def images(name: str, *count: int) -> Tensor:
    """Random ones, uint8 (*count, 28, 28), as coarse as PNG keeps small."""
    coarse = torch.randint(256, (*count, 7, 7), generator=generator(name))
    return coarse.repeat_interleave(4, dim=-1).repeat_interleave(4, dim=-2).byte()


def generator(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(int.from_bytes(sha256(name.encode()).digest()[:6]))
