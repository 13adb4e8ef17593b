"""Compare all variants of params.yaml: `python -m stages.compare`."""

from collections.abc import Mapping

from hourglass import report
from hourglass.corruptions import TESTED, CorruptedImages
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.paths import (
    DATA,
    EVALUATE,
    IMAGES,
    INPUTS,
    LATENT,
    METRICS,
    PICTURES,
    PLOTS,
    SIMILARITY_TABLE,
    SWEEP_PLOTS,
    SWEEP_TABLE,
    TRAIN,
)
from hourglass.records import Baselines, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages, Study
from hourglass.records import similarity as similarities
from hourglass.records.sweep import load
from hourglass.settings.stage_configs import CompareConfig, SweepConfig, TrainConfig
from hourglass.sweep.trials import trials
from stages import run


def main() -> None:
    config = CompareConfig.load("compare")
    test = Images.load(IMAGES / "test.safetensors")
    hashes = {split: sha256(IMAGES / f"{split}.safetensors") for split in ("train", "test")}
    inputs = report.ReportInputs(
        config,
        {name: variant_records(name) for name in config.variants},
        Baselines.load(DATA / "baselines.json"),
        test,
        {name: CorruptedImages.load(INPUTS / name / "test.safetensors").images for name in TESTED},
        len(Images.load(IMAGES / "train.safetensors").images),
        hashes["train"],
        sweep_results(config.dataset, hashes),
        Study.load(DATA / "sgd-variants.json").results,
        pictures(),
    )
    comparison = report.compare(inputs)
    comparison.save(METRICS, PLOTS)
    print(comparison.brief)


def pictures() -> dict[str, bytes]:
    """Load the PNG figures of variants and of gradient descent, keyed by `<folder>/<name>`, such as `linear/pairs`."""
    files = [*PICTURES.glob("*/*.png"), *(PLOTS / "sgd-variants").glob("*.png")]
    return {f"{path.parent.name}/{path.stem}": path.read_bytes() for path in sorted(files)}


def variant_records(name: str) -> report.VariantRecords:
    """Load the records that the stages wrote for one variant, such as its settings, history and evaluation."""
    return report.VariantRecords(
        TrainConfig.load(f"train/{name}"),
        History.load(TRAIN / f"{name}.csv"),
        History.load(EVALUATE / f"{name}.csv"),
        Evaluation.load(EVALUATE / f"{name}.json"),
        EvaluationImages.load(EVALUATE / f"{name}.safetensors"),
        LatentAnalysis.load(LATENT / f"{name}.json"),
        LatentImages.load(LATENT / f"{name}.safetensors"),
    )


def sweep_results(dataset: str, hashes: Mapping[str, str]) -> report.SweepResults:
    """Load the sweep results for a data set. Trial results with outdated cache keys are left out.

    `hashes` holds the SHA-256 of each image file, keyed by split.
    """
    planned = trials(SweepConfig.load("sweep"), {dataset: hashes})
    # runs on one class have the settings of others, but not their images
    configs = {trial.key: trial.settings.hash_without_seed() if trial.label is None else "" for trial in planned}
    rows = [row for row in load(SWEEP_TABLE) if row.key in configs]
    pictures = sorted((SWEEP_PLOTS / dataset).glob("*.png")) if rows else []
    similarity = [row for row in similarities.load(SIMILARITY_TABLE) if row.dataset == dataset]
    return report.SweepResults(rows, configs, {path.stem: path.read_bytes() for path in pictures}, similarity)


if __name__ == "__main__":
    run(main)
