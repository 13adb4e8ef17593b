"""The entries of both stages, on a hundred digits in a folder of their own."""

from pathlib import Path

import pytest
from logged import OURS

from hourglass import sgd
from hourglass.errors import UserError
from hourglass.images import Images
from hourglass.paths import IMAGES
from hourglass.records import Study, StudyCurves
from hourglass.settings import params, stages
from hourglass.sgd import Split
from stages import sgd_pictures, sgd_variants

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, digits: Images) -> stages.Sgd:
    for name in (*OURS, "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    found = stages.resolve(params.load(ROOT / "params.yaml"))["sgd-variants"]
    assert isinstance(found, stages.Sgd)
    few = found.sgd.model_copy(update={"images": 60, "passes": params.Passes(stochastic=2, mini_batch=3, full_batch=4)})
    found = found.model_copy(update={"sgd": few, "dataset": "digits"})
    stages.write({"sgd-variants": found})
    parts = {"train": slice(0, 100), "test": slice(100, 140)}
    for name, part in parts.items():
        some = Images(digits.images[part], digits.labels[part], "digits", digits.classes)
        some.save(IMAGES / f"{name}.safetensors")
    return found


def test_the_stage_saves_a_study_of_the_prepared_images_and_the_pictures_follow_from_that_alone(
    settings: stages.Sgd, digits: Images
) -> None:
    sgd_variants.main()
    expected = sgd.study(settings, Split(digits.images[:100], digits.images[100:140]))
    plots = Path("plots/sgd-variants")
    study, curves = Study.load(Path("metrics/sgd-variants.json")), StudyCurves.load(plots / "updates.csv")
    assert (study, curves) == (expected.study, expected.curves)
    assert (plots / "history.csv").read_text().splitlines()[0].startswith("pass,stochastic_train_mse,")
    assert sorted(path.name for path in plots.iterdir()) == ["history.csv", "seconds.png", "updates.csv"]
    for path in IMAGES.iterdir():
        path.unlink()
    sgd_pictures.main()
    assert (plots / "losses.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("settings")
def test_without_a_study_there_is_nothing_to_draw_and_one_sentence_says_so() -> None:
    with pytest.raises(UserError, match=r"sgd-variants\.json is missing; `dvc repro sgd-variants` makes it$"):
        sgd_pictures.main()
