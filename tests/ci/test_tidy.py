"""`make tidy` removes what a variant has left that is no more, and nothing else."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from small_pipeline import Clone

Cloned = Callable[..., Clone]
TIDY = (sys.executable, "-m", "hourglass.pipeline.tidy")
LEFT = {
    "models/denoising.safetensors",
    "plots/train/denoising.csv",
    "data/evaluation/denoising.safetensors",
    "metrics/evaluate/denoising.json",
    "plots/pictures/denoising/map.png",
}


def files(clone: Clone) -> dict[str, bytes]:
    found = (path for path in clone.path.rglob("*") if path.is_file())
    names = {path.relative_to(clone.path).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith((".git/", ".dvc/tmp/"))}


def records(clone: Clone) -> dict[str, Any]:
    return yaml.safe_load((clone.path / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def test_what_a_variant_left_goes_and_nothing_else(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.done("dvc", "checkout", "dvc.yaml")
    (clone.path / "models/denoising.notes").write_text("mine")
    assert clone.done(*TIDY).startswith("Nothing to tidy")
    clone.edit(lambda params: params["variants"].pop("denoising"))
    before, stages = files(clone), records(clone)
    said = clone.done(*TIDY)
    after = files(clone)
    assert before.keys() - after.keys() == LEFT
    assert after.keys() <= before.keys()
    assert {name for name in after if after[name] != before[name]} == {"dvc.lock"}
    assert records(clone) == {name: entry for name, entry in stages.items() if not name.endswith("@denoising")}
    for path in LEFT - {"plots/pictures/denoising/map.png"}:
        assert path in said
    assert "linear" not in said
    assert not (Path(clone.path) / "plots/pictures/denoising").exists()


def test_what_a_stage_of_today_makes_stays_whoever_made_it_before(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.done("dvc", "checkout", "dvc.yaml")
    lock = clone.path / "dvc.lock"
    lock.write_text(lock.read_text().replace("train@denoising:", "train@former:"))  # now only its record names it so
    before = files(clone)
    assert "train@former: nothing but its record" in clone.done(*TIDY)
    assert {name for name, content in files(clone).items() if content != before[name]} == {"dvc.lock"}
