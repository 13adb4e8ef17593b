"""Put all variants of params.yaml side by side: `python -m stages.compare`."""

from collections.abc import Mapping

from hourglass import comparison
from hourglass.comparison import Swept, VariantRecords
from hourglass.data import TESTED, Images, Inputs
from hourglass.files import sha256
from hourglass.paths import EVALUATION, IMAGES, INPUTS, LATENT, METRICS, PLOTS, SWEEP_PLOTS, SWEEP_TABLE
from hourglass.records import Baselines, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages, Study
from hourglass.records.sweep import load
from hourglass.settings.stages import Compare, Sweep, Training
from hourglass.sweep.trials import trials
from stages import run


def main() -> None:
    settings = Compare.load("compare")
    variants = {
        name: VariantRecords(
            Training.load(f"train/{name}"),
            History.load(PLOTS / "train" / name / "history.csv"),
            History.load(PLOTS / "evaluate" / name / "through-training.csv"),
            Evaluation.load(METRICS / "evaluate" / f"{name}.json"),
            EvaluationImages.load(EVALUATION / f"{name}.safetensors"),
            LatentAnalysis.load(METRICS / "latent-analysis" / f"{name}.json"),
            LatentImages.load(LATENT / f"{name}.safetensors"),
        )
        for name in settings.variants
    }
    baselines, test = Baselines.load(METRICS / "baselines.json"), Images.load(IMAGES / "test.safetensors")
    inputs = {name: Inputs.load(INPUTS / name / "test.safetensors").images for name in TESTED}
    hashes = {split: sha256(IMAGES / f"{split}.safetensors") for split in ("train", "test")}
    swept, descent = _swept(settings.dataset, hashes), Study.load(METRICS / "sgd-variants.json").findings
    result = comparison.compare(settings, variants, baselines, test, inputs, hashes["train"], swept, descent)
    result.save(METRICS, PLOTS / "compare")
    print(result.brief)


def _swept(dataset: str, hashes: Mapping[str, str]) -> Swept:
    """What `make sweep` has made of the data set that is compared, as far as it would come out so today."""
    wanted = {trial.key: trial.settings.but_for_seed() for trial in trials(Sweep.load("sweep"), {dataset: hashes})}
    found = [trial for trial in load(SWEEP_TABLE) if trial.key in wanted]
    pictures = sorted((SWEEP_PLOTS / dataset).glob("*.png")) if found else []
    return Swept(found, wanted, {path.stem: path.read_bytes() for path in pictures})


if __name__ == "__main__":
    run(main)
