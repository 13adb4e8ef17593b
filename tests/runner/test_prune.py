"""`make tidy` removes outputs of stages that dvc.yaml no longer has, and nothing else."""

from collections.abc import Callable
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
    "plots/pictures/denoising/x.png",
}


def files(small: Small) -> dict[str, bytes]:
    paths = {path.relative_to(small.path).as_posix(): path for path in small.path.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith((".git/", ".dvc/tmp/"))}


def records(small: Small) -> dict[str, Any]:
    return yaml.safe_load(small.lock())["stages"]


def test_outputs_of_a_removed_variant_are_removed_unless_a_sweep_writes_them(small: Small) -> None:
    (small.path / "models/denoising.notes").write_text("mine")
    (small.path / "sweep").mkdir()
    stage = {"cmd": "true", "wdir": "..", "outs": ["models/denoising.sha256"]}
    (small.path / "sweep/dvc.yaml").write_text(yaml.safe_dump({"stages": {"own": stage}}))
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


def empty_graph(small: Small) -> None:
    (small.path / "dvc.yaml").write_text("")


def linked_models(small: Small) -> None:
    (small.path / "models").rename(small.path / "elsewhere")
    (small.path / "models").symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("damage", "message"),
    [(empty_graph, "dvc.yaml holds no stages"), (linked_models, "models is a symbolic link")],
)
def test_nothing_is_removed_if_the_current_stages_are_unknown(
    small: Small, damage: Callable[[Small], None], message: str
) -> None:
    damage(small)
    before = files(small)
    result = small.call(prune.main)
    assert result.returncode == 1
    assert result.stdout.startswith(f"error: {message}")
    assert files(small) == before
