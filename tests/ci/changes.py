"""Which stages a change makes run, by what dvc.yaml says, for docs/ci.md; `make map` calls it."""

import re
import tempfile
from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from dvc.repo import Repo

from hourglass.settings import params, stages

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/ci.md"
BEGIN, END = "<!-- changes -->\n", "<!-- end of changes -->"
NAMED = 3  # variants
GONE = object()  # a setting that is removed
NOTHING: tuple[str, ...] = ()
INPUTS = "data/prepared/inputs"


@dataclass(frozen=True)
class Change:
    """what: in words. settings: by flatten names. files: that are changed. why: these stages run.

    leaves: of stages that leave less than all results otherwise, what they do. given: settings that hold before and
    after. torch: another version of it. tried: the test that does it for real.
    """

    what: str
    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    leaves: Mapping[str, Collection[str]] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    torch: str | None = None
    tried: str = ""


_DVC = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
_PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
_BLOCK = _PARAMS["variants"]["linear"]
_NAMED_BY_GRID = _PARAMS["sweep"]["grids"]["latent_dim"]["variants"]
CHANGES = [
    Change(
        "learning rate of *linear*",
        "the variant is told of it; a comparison is of all",
        {"variants.linear.train.learning_rate": 0.5},
        tried="test_pipeline.py::test_a_fresh_clone_with_a_remote_runs_just_what_changed",
    ),
    Change(
        "a new variant, *mine*, with a code size that others have",
        "a block in params.yaml is a chain of stages",
        {"variants.mine": _BLOCK},
        tried="test_pipeline.py::test_a_new_variant_is_a_block_in_params_and_nothing_else",
    ),
    Change(
        "*strided* removed from params.yaml, also from the grid `latent_dim`, which names it",
        "the others are compared, those after it are a place further up; what it has left, `make tidy` removes: "
        "results, records, nothing else",
        {
            "variants.strided": GONE,
            "sweep.grids.latent_dim.variants": [name for name in _NAMED_BY_GRID if name != "strided"],
        },
        tried="test_pipeline.py::test_a_removed_variant_leaves_the_comparison",
    ),
    Change(
        "strength of the noise, `noise.sigma`",
        "every variant is measured on noisy images, those that are trained on them are trained anew",
        {"noise.sigma": 0.2},
        leaves={"preprocess-noise": (f"{INPUTS}/gaussian", f"{INPUTS}/gaussian_occlusion")},
        tried="test_pipeline.py::test_changing_the_noise_leaves_trainings_without_noise_alone",
    ),
    Change(
        "size of the square, `noise.occlusion`",
        "the same of images with a square",
        {"noise.occlusion": 5},
        leaves={"preprocess-noise": (f"{INPUTS}/occlusion", f"{INPUTS}/gaussian_occlusion")},
    ),
    Change("`seed`", "all that draws anything draws otherwise", {"seed": 1}),
    Change(
        "the classifier, such as `classifier.epochs`",
        "whatever asks it which class an image shows",
        {"classifier.epochs": 1},
    ),
    Change("codes on a map, `latent_analysis.samples`", "nothing else lays out codes", {"latent_analysis.samples": 77}),
    Change(
        "template of the page",
        "the page is the comparison's alone",
        files=("src/hourglass/comparison/template/index.html",),
        tried="ci/test_ci_repro.py::test_just_what_a_change_concerns_runs",
    ),
    Change(
        "README.md",
        "no stage reads it",
        files=("README.md",),
        tried="ci/test_ci_repro.py::test_just_what_a_change_concerns_runs",
    ),
    Change(
        "a comment in `figures/style.py`",
        "DVC compares bytes, and cannot know that the pictures will be the same; nothing follows from them",
        files=("src/hourglass/figures/style.py",),
        tried="test_pipeline.py::test_a_change_of_style_draws_anew_and_trains_nothing",
    ),
    Change(
        "a docstring in `training/loop.py`",
        "the same: every training runs, leaves the same bytes, and nothing follows",
        files=("src/hourglass/training/loop.py",),
        leaves={"train": NOTHING},
    ),
    Change(
        "epochs of *linear* while `train.epochs` hides them",
        "no training is told; sweeps take no overrides, and the comparison reads what a sweep is told",
        {"variants.linear.train.epochs": 7},
        given={"train.epochs": 2},
        tried="test_pipeline.py::test_settings_of_the_machine_and_hidden_ones_rerun_nothing",
    ),
    Change(
        "version of torch in requirements.txt",
        "every training is told of it, and whatever measures with it",
        files=("requirements.txt",),
        torch="9.9.9",
        tried="settings/test_stages.py::test_another_version_of_torch_trains_anew",
    ),
    Change(
        "`runtime.device`",
        "on purpose: a result does not go stale by where it was computed",
        {"runtime.device": "cpu"},
        tried="test_pipeline.py::test_settings_of_the_machine_and_hidden_ones_rerun_nothing",
    ),
]


def concerned(change: Change) -> tuple[set[str], set[str]]:
    """The stages that run, and all that there are then."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = _told(folder, change.given)
        with patch.object(stages, "version", lambda library: _version(library, change.torch)):
            after = _told(folder, {**change.given, **change.settings})
        changed = {f"settings/{file}.json" for file in before | after if before.get(file) != after.get(file)}
        changed |= {*change.files, *(["params.yaml"] if change.settings else [])}
        variants = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))["variants"]
    graph = _graph(yaml.safe_dump({name: _of_graph(variant) for name, variant in variants.items()}))
    return _reached(graph, changed, change.leaves), set(graph)


def _of_graph(variant: Mapping[str, Any]) -> dict[str, str]:
    """All that dvc.yaml reads of a variant."""
    return {name: variant[name] for name in re.findall(r"\$\{item\.(\w+)\}", _DVC)}


@cache
def _graph(variants: str) -> dict[str, tuple[list[str], list[str]]]:
    """What each stage reads and leaves, as DVC has it for these variants."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dvc.yaml").write_text(_DVC, encoding="utf-8")
        (folder / "params.yaml").write_text(yaml.safe_dump({"variants": yaml.safe_load(variants)}), encoding="utf-8")
        (folder / ".dvc").mkdir()
        (folder / ".dvc/config").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
        with Repo(name) as repo:
            return {
                stage.name: ([dep.def_path for dep in stage.deps], [out.def_path for out in stage.outs])
                for stage in repo.index.stages
            }


def _reached(
    graph: Mapping[str, tuple[list[str], list[str]]], changed: set[str], leaves: Mapping[str, Collection[str]]
) -> set[str]:
    reached: set[str] = set()
    while True:
        found = {
            stage
            for stage, (deps, _) in graph.items()
            if stage not in reached and any(_overlap(dep, path) for dep in deps for path in changed)
        }
        if not found:
            return reached
        reached |= found
        for stage in found - {"settings"}:  # what of its files changed is known
            changed |= set(leaves.get(stage.partition("@")[0], graph[stage][1]))


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _told(folder: Path, changes: Mapping[str, Any]) -> dict[str, str]:
    """What every stage is told of params.yaml with changes, which is left in the folder."""
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for key, value in changes.items():
        *parents, last = key.split(".")
        section = content
        for parent in parents:
            section = section[parent]
        if value is GONE:
            del section[last]
        else:
            section[last] = deepcopy(value)
    file = folder / "params.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return {name: told.model_dump_json() for name, told in stages.resolve(params.load(file)).items()}


def _version(library: str, torch: str | None) -> str:
    return torch if torch and library == "torch" else version(library)


def said(found: Collection[str], there: Collection[str]) -> str:
    """The stages in the order of dvc.yaml, those of variants together."""
    kinds: dict[str, list[str]] = {}
    for stage in found:
        kind, _, variant = stage.partition("@")
        kinds.setdefault(kind, []).append(variant)
    order = list(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"])
    parts = []
    for kind in sorted(kinds, key=order.index):
        names, all_names = sorted(kinds[kind]), [stage for stage in there if stage.partition("@")[0] == kind]
        if names == [""]:
            parts.append(kind)
        elif len(names) == len(all_names):
            parts.append(f"{kind} of all")
        elif len(names) <= NAMED:
            parts.append(f"{kind} of {', '.join(f'*{name}*' for name in names)}")
        else:
            parts.append(f"{kind} of {len(names)} of {len(all_names)}")
    return "; ".join(parts) or "none"


def written(text: str) -> str:
    """docs/ci.md with the table as it is now."""
    lines = ["| what changes | stages that run | why | tried for real |", "| --- | --- | --- | --- |"]
    for change in CHANGES:
        tried = f"`tests/{change.tried}`" if change.tried else ""
        lines.append(f"| {change.what} | {said(*concerned(change))} | {change.why} | {tried} |")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
