"""The stages latent-analysis and pictures, one after the other, of one of two variants."""

from pathlib import Path

import pytest
import torch

from hourglass import classifier, latent, models
from hourglass.corruptions import Corruption, Inputs
from hourglass.corruptions import TrainingInputs
from hourglass.figures import style
from hourglass.figures.variant import pictures
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.paths import CLASSIFIER, EVALUATION, IMAGES, INPUTS, LATENT, METRICS, MODELS, PICTURES, PLOTS, SNAPSHOTS
from hourglass.records import EvaluationImages, History, LatentAnalysis, LatentImages, Snapshots
from hourglass.settings import stages as settings
from hourglass.settings.params import LatentAnalysisSpec, Pictures, TrainSpec
from stages import latent_analysis as latent_analysis_stage
from stages import pictures as pictures_stage

SAMPLES, SEED, EVERY = 40, 3, 2
NETWORK = NetworkSpec.model_validate({"latent": 2, "encoder": {"dense": [8]}})
TRAINING = settings.Training(
    seed=SEED,
    network=NETWORK,
    loss="squared_error",
    corruption="occlusion",
    strengths={"occlusion": 9},
    fresh_noise=True,
    train=TrainSpec(epochs=3, batch_size=10, learning_rate=0.1),
    libraries={},
)


@pytest.fixture
def prepared(digits: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Images:
    """The test images of a folder with all that both stages read, of two variants, but for the analysis."""
    monkeypatch.chdir(tmp_path)
    spec = LatentAnalysisSpec(samples=SAMPLES)
    settings.write(
        {
            "train/linear": TRAINING,
            "train/other": TRAINING.model_copy(update={"corruption": "none", "train": None}),
            "latent-analysis": settings.LatentAnalysis(seed=SEED, latent_analysis=spec, libraries={}),
            "pictures": settings.PicturesOf(pictures=Pictures(every=EVERY)),
        }
    )
    for name, part in {"train": slice(200), "test": slice(200, 320)}.items():
        Images(digits.images[part], digits.labels[part], "digits", digits.classes).save(IMAGES / f"{name}.safetensors")
    found = Images.load(IMAGES / "test.safetensors")
    Inputs(found.images, Corruption("none")).save(INPUTS / "none" / "test.safetensors")
    Inputs(255 - found.images, Corruption("occlusion", occlusion=9)).save(INPUTS / "occlusion" / "test.safetensors")
    classifier.save(classifier.build(0), CLASSIFIER)
    for seed, name in enumerate(("other", "linear")):
        models.save(models.build(NETWORK, seed), MODELS / f"{name}.safetensors")
        Snapshots(found.images[None, seed : seed + 30].expand(3, -1, -1, -1)).save(SNAPSHOTS / f"{name}.zip")
        _evaluated(seed, found.images).save(EVALUATION / f"{name}.safetensors")
    return found


def _evaluated(seed: int, images: torch.Tensor) -> EvaluationImages:
    errors = torch.rand(len(images), dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    order = errors.argsort()
    best, worst = order[:10], order[-10:].flip(0)
    sampled, their_errors = images[None, :10], torch.zeros(1, 10)
    verdicts = torch.full((3, 30), seed, dtype=torch.uint8)
    confusion = torch.eye(10, dtype=torch.int64) + seed
    shown = images[best], images[worst], torch.arange(10), sampled, their_errors
    return EvaluationImages(errors, best, worst, *shown, verdicts, confusion, {})


def _analysed(test: Images) -> tuple[LatentAnalysis, LatentImages]:
    train = Images.load(IMAGES / "train.safetensors")
    model = models.load(MODELS / "linear.safetensors")
    own = TrainingInputs.of(train, Inputs.load(INPUTS / "occlusion" / "test.safetensors"), SEED)
    return latent.analyse(model, train, test, own, classifier.load(CLASSIFIER), SAMPLES, SEED)


def test_the_analysis_is_of_the_variants_own_model(prepared: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[tuple[str, LatentAnalysis]] = []
    monkeypatch.setattr(latent_analysis_stage.trainings, "add_results", lambda *result: added.append(result))
    latent_analysis_stage.main("linear")
    expected, images = _analysed(prepared)
    assert expected.own is not None
    assert expected.own.corruption == "occlusion"
    assert len(images.own_positions) == SAMPLES
    assert LatentAnalysis.load(METRICS / "latent-analysis" / "linear.json") == expected
    images.save(Path("expected.safetensors"))
    assert (LATENT / "linear.safetensors").read_bytes() == Path("expected.safetensors").read_bytes()
    lines = (PLOTS / "latent-analysis" / "linear" / "map.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + SAMPLES
    for index, ((x, y), label) in enumerate(zip(images.positions, prepared.labels, strict=False)):
        assert lines[1 + index] == f"{x:.4f},{y:.4f},{label},{index}"
    assert added == [("linear", expected)]


def test_the_pictures_are_of_the_variants_own_records(prepared: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[tuple[str, Path]] = []
    monkeypatch.setattr(pictures_stage.trainings, "add_pictures", lambda *pictures: added.append(pictures))
    found, images = _analysed(prepared)
    found.save(METRICS / "latent-analysis" / "linear.json")
    images.save(LATENT / "linear.safetensors")
    history = History([1, 2, 3], {"train_mse": [0.3, 0.2, 0.1], "test_mse": [0.3, 0.2, 0.1]})
    history.save(PLOTS / "train/linear/history.csv")
    pictures_stage.main("linear")
    expected = pictures(
        "linear",
        TRAINING,
        EVERY,
        prepared,
        Inputs.load(INPUTS / "occlusion" / "test.safetensors"),
        history,
        Snapshots.load(SNAPSHOTS / "linear.zip"),
        _evaluated(1, prepared.images),
        found,
        images,
    )
    for name, figure in expected:
        style.save(figure, Path("expected") / f"{name}.png")
    drawn, expected_files = (sorted(folder.iterdir()) for folder in (PICTURES / "linear", Path("expected")))
    assert [path.name for path in drawn] == [path.name for path in expected_files]
    assert [path.read_bytes() for path in drawn] == [path.read_bytes() for path in expected_files]
    assert {"plane.png", "epoch-002.png", "epoch-003.png"} < {path.name for path in drawn}
    assert added == [("linear", PICTURES / "linear")]
