"""`make tidy` removes outputs of stages that dvc.yaml no longer has, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from small_pipeline import Small

from hourglass.runner import prune

pytestmark = pytest.mark.slow

REMOVED = {
    *(f"data/{folder}/denoising.{suffix}" for folder in ("train", "evaluate") for suffix in ("csv", "json")),
    *(f"data/{folder}/denoising.safetensors" for folder in ("evaluate", "latent-analysis")),
    "data/latent-analysis/denoising.json",
    "data/snapshots/denoising.zip",
    "models/denoising.safetensors",
    "models/denoising.sha256",
    "plots/pictures/denoising/x.png",
}


def files(small: Small) -> dict[str, bytes]:
    paths = {path.relative_to(small.path).as_posix(): path for path in small.path.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith((".git/", ".dvc/tmp/"))}


def records(small: Small) -> dict[str, Any]:
    return yaml.safe_load(small.lock())["stages"]


def test_outputs_of_a_removed_variant_are_removed(small: Small) -> None:
    (small.path / "models/denoising.notes").write_text("mine")
    small.edit(lambda params: params["variants"].pop("denoising"))
    before, stages = files(small), records(small)
    output = small.call(prune.main).stdout
    after = files(small)
    assert before.keys() - after.keys() == REMOVED
    assert {name for name in after if after[name] != before[name]} == {"dvc.lock"}
    assert records(small) == {name: entry for name, entry in stages.items() if not name.endswith("@denoising")}
    assert "train@denoising: data/snapshots/denoising.zip, " in output
    assert small.call(prune.main).stdout.startswith("0 stages removed")


def test_outputs_of_current_stages_stay_whoever_wrote_them(small: Small) -> None:
    lock = small.path / "dvc.lock"
    lock.write_text(small.lock().replace("train@denoising:", "train@former:"))
    before = files(small)
    assert "train@former: only its record" in small.call(prune.main).stdout
    assert {name for name, content in files(small).items() if content != before[name]} == {"dvc.lock"}


def test_outputs_of_a_sweep_stay(small: Small) -> None:
    small.edit(lambda params: params["variants"].pop("denoising"))
    (small.path / "sweep").mkdir()
    stage = {"cmd": "true", "wdir": "..", "outs": ["models/denoising.safetensors"]}
    (small.path / "sweep/dvc.yaml").write_text(yaml.safe_dump({"stages": {"own": stage}}))
    before = files(small)
    assert small.call(prune.main).returncode == 0
    assert before.keys() - files(small).keys() == REMOVED - {"models/denoising.safetensors"}


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("dvc.yaml", "", "dvc.yaml holds no stages"),
        ("models", "", "models is a symbolic link"),
    ],
)
def test_nothing_is_removed_if_the_current_stages_are_unknown(
    small: Small, tmp_path: Path, file: str, content: str, message: str
) -> None:
    path = small.path / file
    if path.is_dir():
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_text(content)
    before = files(small)
    result = small.call(prune.main)
    assert (result.returncode, result.stdout.startswith("error: ")) == (1, True)
    assert message in result.stdout
    assert files(small) == before
