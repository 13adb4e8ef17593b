"""Random records of a few variants, as the stages write them, for tests without training."""

import random
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.datasets import DATASETS
from hourglass.images import Images
from hourglass.metrics import METRICS, OUTLIERS
from hourglass.records import (
    Baselines,
    CorruptedBaselines,
    DuringTraining,
    Embedding,
    Evaluation,
    EvaluationImages,
    History,
    InDomainLatent,
    LatentAnalysis,
    LatentImages,
    PcaBaseline,
    WorstClass,
)
from hourglass.records.sweep import TrialResult
from hourglass.report import ReportInputs, SweepResults, VariantRecords
from hourglass.samplers import SAMPLERS
from hourglass.settings import params
from hourglass.settings.stage_configs import CompareConfig, TrainConfig, resolve

ROOT = Path(__file__).parents[1]
VARIANTS = ("linear", "denoising_vae", "selu", "selu_2", "pca")
TEST_IMAGES, PER_CLASS, EMBEDDED = 60, 3, 40
PAIRS, STEPS, PLANE_STEPS, GENERATED = 5, 9, 15, 10
TRAINING_IMAGES = 600
DATA_SHA256 = sha256(b"training images").hexdigest()
NO_SWEEP = SweepResults()
DIGITS = DATASETS["digits"].classes
RECONSTRUCTION = ("mse", "psnr", "ssim", "total_variation", "label_accuracy", "prediction_agreement")


@cache
def settings() -> params.Params:
    return params.load(ROOT / "params.yaml")


def inputs(
    names: tuple[str, ...] = VARIANTS, sweep: SweepResults = NO_SWEEP, classes: tuple[str, ...] = DIGITS
) -> ReportInputs:
    """Return records of variants of params.yaml; the test images are in random order, with three or two per class."""
    configs = resolve(settings())
    test = images("test", TEST_IMAGES)
    order = torch.randperm(TEST_IMAGES, generator=generator("labels"))
    labels = torch.arange(TEST_IMAGES).remainder(len(classes))[order]
    per_class = min(PER_CLASS, TEST_IMAGES // len(classes))
    examples = torch.cat([(labels == label).nonzero().flatten()[:per_class] for label in range(len(classes))])
    trained = {name: configs[f"train/{name}"] for name in names}
    variants = {
        name: records(name, config, examples, len(classes))
        for name, config in trained.items()
        if isinstance(config, TrainConfig)
    }
    return ReportInputs(
        CompareConfig(
            dataset="digits",
            overrides={"latent": 3},
            seed=7,
            strengths={"sigma": 0.3},
            variants=names,
            sheets=settings().sheets,
        ),
        variants,
        baselines({of.config.network.latent for of in variants.values()} | set(range(1, 11))),
        Images(test, labels.byte(), "digits", classes),
        {name: images(f"corrupted {name}", TEST_IMAGES) if name != "none" else test for name in TESTED},
        TRAINING_IMAGES,
        DATA_SHA256,
        sweep,
        ("Stochastic gradient descent needs the fewest passes.", "It needs the most updates."),
        {f"{name}/{picture}": png() for name in names for picture in ("embedding", "by-epoch", "pairs")},
    )


def sweep(pictures: Mapping[str, bytes]) -> SweepResults:
    """Return a sweep over latent dimensions and noise levels with two seeds."""
    dims = [("dims", name, dim, "", seed) for name in ("linear", "pca") for dim in (2, 8) for seed in (0, 1)]
    noise = [("noise", "denoising", 8, sigma, seed) for sigma in ("0.1", "0.3") for seed in (0, 1)]
    levels = [f"{what}_sigma_{sigma}_psnr" for what in ("noisy", "restored") for sigma in (0.1, 0.3)]
    trials = [
        TrialResult(grid, "digits", name, dim, sigma, 5, seed, "", values(f"{name} {dim} {sigma} {seed}", *levels))
        for grid, name, dim, sigma, seed in (*dims, *noise)
    ]
    return SweepResults(trials, {}, pictures)


def records(name: str, config: TrainConfig, examples: Tensor, classes: int = 10) -> VariantRecords:
    epochs = config.train.epochs if config.train else 1
    latent, corruption = config.network.latent, config.corruption
    return VariantRecords(
        config,
        history(epochs, name),
        learning(epochs, name),
        evaluation(name, latent, corruption),
        evaluation_images(name, examples),
        latent_analysis(name, latent, corruption),
        latent_images(name, latent, corruption, classes),
    )


def history(epochs: int, name: str = "") -> History:
    """Return falling losses; the test loss is measured every other epoch and after the last."""
    level = random.Random(name).uniform(0.01, 0.02)
    training = [level + 0.05 / epoch for epoch in range(1, epochs + 1)]
    test = [value * 1.1 if epoch % 2 == 0 or epoch == epochs else None for epoch, value in enumerate(training, start=1)]
    columns = {"train_mse": training, "test_mse": test}
    if name.startswith("denoising_vae"):
        columns |= {f"test_{term}": [1000 * value for value in training] for term in ("reconstruction", "kl")}
        columns["test_sampled_mse"] = [2 * value for value in training]
    return History(range(1, epochs + 1), columns)


def learning(epochs: int, name: str) -> History:
    """Return metrics of the snapshots, with a label accuracy that rises."""
    level = random.Random(name).uniform(0.5, 0.9)
    accuracy = [level - 0.4 / epoch for epoch in range(1, epochs + 1)]
    return History(range(1, epochs + 1), {"mse": [1 - share for share in accuracy], "label_accuracy": accuracy})


def values(name: str, *keys: str) -> dict[str, float]:
    """Return random metrics between 0 and 1; PSNR between 10 and 20 dB. Without keys, all that a sweep computes."""
    draw = random.Random(name)
    keys = keys or tuple(
        key
        for key, metric in METRICS.items()
        if key not in ("relative_to_pca", "embedding_knn", "wrong_class_during_training")
        and not key.startswith("frechet")
    )
    psnr = {key: draw.uniform(10, 20) for key in (*METRICS, *keys) if key.endswith("psnr")}
    everything = {"mse": draw.uniform(0.01, 0.05), "free_dims": 2, "collapsed": 0}
    return {**{key: draw.random() for key in keys}, **psnr, **everything}


def evaluation(name: str, latent: int = 8, corruption: str = "none") -> Evaluation:
    draw = random.Random(f"{name} evaluation")
    metrics = {
        **values(f"{name} evaluation"),
        "latent_dim": latent,
        "free_dims": latent,
        "active_units": draw.randint(1, latent),
        "parameters": draw.randint(1000, 300000),
        "multiply_adds": draw.randint(1000, 300000),
        "wrong_class_during_training": draw.random(),
    }
    del metrics["collapsed"]
    during = DuringTraining(
        wrong_class=draw.random(), first_epoch=10, epochs=41, at_mean_image=0, first_image_wrong=draw.randint(0, 41)
    )
    return Evaluation(
        model_sha256=sha256(name.encode()).hexdigest(),
        metrics=metrics,
        class_mse={},
        during_training=during,
        corruption=corruption,
        collapsed=False,
    )


def evaluation_images(name: str, examples: Tensor) -> EvaluationImages:
    shape = (len(TESTED), len(examples))
    per_image = ("mse", "gaussian_psnr", "knn")
    return EvaluationImages(
        errors=torch.linspace(0, 0.5, TEST_IMAGES, dtype=torch.float64),
        outlier_errors={kind: torch.rand(TEST_IMAGES, generator=generator(f"{name} {kind}")) for kind in OUTLIERS},
        per_image={key: torch.rand(TEST_IMAGES, generator=generator(f"{name} {key}")) for key in per_image},
        best=torch.arange(10),
        worst=torch.arange(10),
        best_images=images("best", 10),
        worst_images=images("worst", 10),
        examples=examples,
        reconstructions=images(f"{name} reconstructions", *shape),
        example_errors=torch.rand(shape, generator=generator(f"{name} errors")),
        predictions=torch.randint(10, (50, 100), generator=generator(f"{name} predictions")).byte(),
        confusion=torch.randint(1, 9, (10, 10), generator=generator(f"{name} confusion")),
    )


def samplers(name: str) -> list[str]:
    """Return the samplers of a variant: only a variational one has a prior."""
    return [sampler for sampler in SAMPLERS if sampler != "prior" or name == "denoising_vae"]


def latent_analysis(name: str, latent: int = 8, corruption: str = "none") -> LatentAnalysis:
    draw = random.Random(f"{name} latent")
    embedding = Embedding(
        trustworthiness=0.9,
        knn=draw.random(),
        silhouette=draw.uniform(-0.1, 0.3),
        worst_class=WorstClass(label=0, accuracy=0.2, predicted_as=1),
    )
    distances = {f"frechet_{sampler}": draw.uniform(5, 60) for sampler in samplers(name)}
    in_domain = {f"in_domain_{key}": value for key, value in distances.items() if key != "frechet_prior"}
    lines = {"lines_within": draw.random(), "lines_between": draw.random()}
    return LatentAnalysis(
        samples=EMBEDDED,
        latent_dim=latent,
        metrics={"class_means_recognised": draw.randint(0, 10) / 10, "embedding_knn": embedding.knn}
        | lines
        | distances
        | in_domain,
        embedding=embedding,
        frechet_test_halves=0.5,
        in_domain=None if corruption == "none" else InDomainLatent(corruption=corruption, embedding=embedding),
    )


def latent_images(name: str, latent: int = 8, corruption: str = "none", classes: int = 10) -> LatentImages:
    in_domain = 0 if corruption == "none" else EMBEDDED
    return LatentImages(
        embedding=10 * torch.randn(EMBEDDED, 2, generator=generator(f"{name} embedding")),
        in_domain_embedding=10 * torch.randn(in_domain, 2, generator=generator(f"{name} in-domain embedding")),
        codes=torch.randn(TEST_IMAGES, latent, generator=generator(f"{name} codes")),
        ends=torch.arange(2 * PAIRS).unflatten(0, (PAIRS, 2)),
        interpolations=images(f"{name} interpolations", PAIRS, STEPS),
        interpolation_predictions=torch.zeros(PAIRS, STEPS).byte(),
        mixtures=images(f"{name} mixtures", min(classes, 20), min(classes, 20)),
        mixture_predictions=torch.zeros(min(classes, 20), min(classes, 20)).byte(),
        mean_predictions=torch.arange(classes).byte(),
        generated={sampler: images(f"{name} {sampler}", GENERATED) for sampler in samplers(name)},
        generated_codes={},
        planes={plane: images(f"{name} {plane}", PLANE_STEPS, PLANE_STEPS) for plane in ("principal", "images")},
        latent_plane={},
        reconstructions=images("reconstructions", 1),
        traversal=images("traversal", 1, STEPS),
        traversal_dims=torch.arange(1),
        traversal_low=torch.zeros(1),
        traversal_high=torch.ones(1),
        traversal_active=torch.ones(1, dtype=torch.bool),
    )


def baselines(dims: set[int]) -> Baselines:
    def scores(name: str) -> dict[str, float]:
        return {key: value for key, value in values(name, *RECONSTRUCTION).items() if key in RECONSTRUCTION}

    return Baselines(
        mean_image=scores("mean image"),
        originals={"label_accuracy": 0.9},
        corrupted={
            name: CorruptedBaselines(
                input=scores(f"{name} input"),
                linear_filter=scores(f"{name} filter"),
                linear_filter_clipped=scores(f"{name} filter clipped"),
                reduced_rank={str(dim): scores(f"{name} rank {dim}") for dim in dims},
            )
            for name in TESTED
            if name != "none"
        },
        pca={
            str(dim): PcaBaseline(clean=scores(f"pca {dim}"), clipped=scores(f"pca {dim} clipped"), corrupted={})
            for dim in dims
        },
        values=784,
        pixels={"knn": 0.8, "linear_probe": 0.7, **{f"{kind}_distance_auroc": 0.7 for kind in OUTLIERS}},
    )


def png() -> bytes:
    """Return a small picture."""
    file = BytesIO()
    Image.new("L", (40, 30), 200).save(file, "png")
    return file.getvalue()


def tensors(record: object) -> dict[str, Tensor]:
    """Return all tensors of a record by name, those of its mappings by both names."""
    named: dict[str, Tensor] = {}
    for name, value in vars(record).items():
        named |= {name: value} if isinstance(value, Tensor) else {f"{name}.{key}": one for key, one in value.items()}
    return named


def images(name: str, *count: int) -> Tensor:
    """Return random images, uint8 (*count, 1, 28, 28), with a coarse pattern that compression preserves."""
    coarse = torch.randint(256, (*count, 1, 7, 7), generator=generator(name))
    return coarse.repeat_interleave(4, dim=-1).repeat_interleave(4, dim=-2).byte()


def generator(name: str) -> torch.Generator:
    return torch.Generator().manual_seed(int.from_bytes(sha256(name.encode()).digest()[:6]))
