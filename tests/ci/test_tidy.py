"""`make tidy` removes what a variant has left that is no more, and nothing else."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_pipeline import GRAPH, Clone

Cloned = Callable[..., Clone]
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
    clone.checkout()
    (clone.path / "models/denoising.notes").write_text("mine")
    assert clone.call(tidy.main).stdout.startswith("Nothing to tidy")
    clone.edit(lambda params: params["variants"].pop("denoising"))
    before, stages = files(clone), records(clone)
    said = clone.done(sys.executable, "-m", "hourglass.runner.prune")
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
    clone.checkout()
    lock = clone.path / "dvc.lock"
    lock.write_text(lock.read_text().replace("train@denoising:", "train@former:"))  # now only its record names it so
    before = files(clone)
    assert "train@former: nothing but its record" in clone.call(tidy.main).stdout
    assert {name for name, content in files(clone).items() if content != before[name]} == {"dvc.lock"}


CONFLICT = f"<<<<<<< HEAD\n{GRAPH}=======\n{GRAPH}>>>>>>> other\n"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("dvc.yaml", None, "dvc.yaml holds no stages"),
        ("dvc.yaml", "", "dvc.yaml holds no stages"),
        ("dvc.yaml", "stages: {}\n", "dvc.yaml holds no stages"),
        ("dvc.yaml", CONFLICT, "'dvc.yaml', YAML file structure is corrupted"),
        ("dvc.lock", "<<<<<<< HEAD\n", "dvc.lock"),
        ("params.yaml", "variants: {}\n", "params.yaml: "),
        ("models", None, "models is a symbolic link"),
    ],
)
def test_nothing_goes_where_it_is_not_known_what_is_made_today(
    cloned: Cloned, tmp_path: Path, file: str, content: str | None, said: str
) -> None:
    clone = cloned("warm")
    clone.checkout()
    there = clone.path / file
    if there.is_dir():
        there.rename(tmp_path / "elsewhere")
        there.symlink_to(tmp_path / "elsewhere")
    elif content is None:
        there.unlink()
    elif file == "params.yaml":
        clone.edit(lambda params: params.update(yaml.safe_load(content)))
    else:
        there.write_text(content)
    before = files(clone)
    result = clone.call(tidy.main)
    assert result.returncode == 1
    assert result.stdout.startswith("error: ")
    assert said in result.stdout
    assert len(result.stdout.splitlines()) == 1
    assert files(clone) == before


def test_records_that_name_the_same_result_or_one_within_another(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.checkout()
    clone.edit(lambda params: params["variants"].pop("denoising"))
    lock = clone.path / "dvc.lock"
    _, _, entry = lock.read_text().partition("  pictures@denoising:\n")
    entry = re.split(r"^  (?! )", entry, maxsplit=1, flags=re.MULTILINE)[0]
    within = entry.replace("path: plots/pictures/denoising\n", "path: plots/pictures/denoising/map.png\n")
    lock.write_text(f"{lock.read_text()}  pictures@former:\n{entry}  pictures@within:\n{within}")
    before = files(clone)
    assert clone.call(tidy.main).returncode == 0
    assert before.keys() - files(clone).keys() == LEFT
    assert not [name for name in records(clone) if name.endswith(("@denoising", "@former", "@within"))]


def test_what_a_sweep_makes_today_stays(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.checkout()
    clone.edit(lambda params: params["variants"].pop("denoising"))
    (clone.path / "sweep").mkdir()
    sweep = {"stages": {"train": {"cmd": "true", "wdir": "..", "outs": ["models/denoising.safetensors"]}}}
    (clone.path / "sweep/dvc.yaml").write_text(yaml.safe_dump(sweep))
    before = files(clone)
    assert clone.call(tidy.main).returncode == 0
    assert before.keys() - files(clone).keys() == LEFT - {"models/denoising.safetensors"}
