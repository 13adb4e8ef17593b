"""Put all variants of params.yaml side by side: `python -m stages.compare`."""

from collections.abc import Mapping

from hourglass import report
from hourglass.corruptions import TESTED, Inputs
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.paths import DATA, EVALUATE, IMAGES, INPUTS, LATENT, METRICS, PLOTS, SWEEP_PLOTS, SWEEP_TABLE, TRAIN
from hourglass.records import Baselines, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages, Study
from hourglass.records.sweep import load
from hourglass.report import Swept, VariantRecords
from hourglass.settings.stage_configs import CompareConfig, SweepConfig, TrainConfig
from hourglass.sweep.trials import trials
from stages import run


def main() -> None:
    settings = CompareConfig.load("compare")
    variants = {
        name: VariantRecords(
            TrainConfig.load(f"train/{name}"),
            History.load(TRAIN / f"{name}.csv"),
            History.load(EVALUATE / f"{name}.csv"),
            Evaluation.load(EVALUATE / f"{name}.json"),
            EvaluationImages.load(EVALUATE / f"{name}.safetensors"),
            LatentAnalysis.load(LATENT / f"{name}.json"),
            LatentImages.load(LATENT / f"{name}.safetensors"),
        )
        for name in settings.variants
    }
    baselines, test = Baselines.load(DATA / "baselines.json"), Images.load(IMAGES / "test.safetensors")
    inputs = {name: Inputs.load(INPUTS / name / "test.safetensors").images for name in TESTED}
    hashes = {split: sha256(IMAGES / f"{split}.safetensors") for split in ("train", "test")}
    swept, descent = _swept(settings.dataset, hashes), Study.load(DATA / "sgd-variants.json").findings
    result = report.compare(settings, variants, baselines, test, inputs, hashes["train"], swept, descent)
    result.save(METRICS, PLOTS / "compare")
    print(result.brief)


def _swept(dataset: str, hashes: Mapping[str, str]) -> Swept:
    """What `make sweep` has made of the data set that is compared, as far as it would come out so today."""
    wanted = {
        trial.key: trial.settings.hash_without_seed() for trial in trials(SweepConfig.load("sweep"), {dataset: hashes})
    }
    found = [trial for trial in load(SWEEP_TABLE) if trial.key in wanted]
    pictures = sorted((SWEEP_PLOTS / dataset).glob("*.png")) if found else []
    return Swept(found, wanted, {path.stem: path.read_bytes() for path in pictures})


if __name__ == "__main__":
    run(main)
