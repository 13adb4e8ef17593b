"""Put all variants of params.yaml side by side: `python -m stages.compare`."""

from hourglass import comparison
from hourglass.comparison import VariantRecords
from hourglass.data import TESTED, Images, Inputs
from hourglass.files import sha256
from hourglass.paths import EVALUATION, IMAGES, INPUTS, LATENT, METRICS, PLOTS, SWEEP_PLOTS, SWEEP_TABLE
from hourglass.records import Baselines, Evaluation, EvaluationImages, History, LatentAnalysis, LatentImages, Study
from hourglass.records.sweep import load
from hourglass.settings.stages import Compare, Training
from stages import run


def main() -> None:
    settings = Compare.load("compare")
    variants = {
        name: VariantRecords(
            Training.load(f"train/{name}"),
            History.load(PLOTS / "train" / name / "history.csv"),
            Evaluation.load(METRICS / "evaluate" / f"{name}.json"),
            EvaluationImages.load(EVALUATION / f"{name}.safetensors"),
            LatentAnalysis.load(METRICS / "latent-analysis" / f"{name}.json"),
            LatentImages.load(LATENT / f"{name}.safetensors"),
        )
        for name in settings.variants
    }
    baselines, test = Baselines.load(METRICS / "baselines.json"), Images.load(IMAGES / "test.safetensors")
    inputs = {name: Inputs.load(INPUTS / name / "test.safetensors").images for name in TESTED}
    data = sha256(IMAGES / "train.safetensors")
    trials = [trial for trial in load(SWEEP_TABLE) if trial.dataset == settings.dataset]
    pictures = {path.stem: path.read_bytes() for path in sorted((SWEEP_PLOTS / settings.dataset).glob("*.png"))}
    swept, descent = comparison.Swept(trials, pictures), Study.load(METRICS / "sgd-variants.json").findings
    result = comparison.compare(settings, variants, baselines, test, inputs, data, swept, descent)
    result.save(METRICS, PLOTS / "compare")
    print(result.text)


if __name__ == "__main__":
    run(main)
