"""Whatever params.yaml says, it is either refused in lines that name the setting, or told to the stages as it is."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.error_messages import keys
from hourglass.settings.stage_configs import resolve
from hourglass.settings.validation import Machine
from hourglass.settings.yaml_io import read

Place = tuple[str | int, ...]

BASE = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text(encoding="utf-8"))
BASE["variants"] = {name: BASE["variants"][name] for name in ("linear", "convolutional", "denoising_vae", "pca")}
for _grid in BASE["sweep"]["grids"].values():
    _grid["variants"] = ["linear", "pca"]
BASE["sweep"]["grids"]["noise"] |= {"variants": ["denoising_vae"], "latent": [3]}

quickly = settings(
    max_examples=300,
    derandomize=True,  # the same ones every time
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = st.integers() | st.sampled_from([10**9, 10**18, 10**30, 10**400, -1, 0, 1, 2]) | st.floats()
words = st.text(max_size=8) | st.sampled_from(
    ["none", "relu", "gaussian", "elbo", "pca", "digits", "cuda", "1e-05", "2"]
)
leaves = st.none() | st.booleans() | numbers | words
values = leaves | st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=5
)


def _places(tree: Any, above: Place = ()) -> Iterator[Place]:
    """All paths in a tree, the root's own left out."""
    if isinstance(tree, dict | list):
        for key, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield (*above, key)
            yield from _places(inner, (*above, key))


PLACES = sorted(_places(BASE), key=str)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Place, dict[str, Any]]:
    """A path, and params.yaml with something else there, with nothing there, or with more beside it."""
    place = draw(st.sampled_from(PLACES))
    tree = copy.deepcopy(BASE)
    parent = tree
    for part in place[:-1]:
        parent = parent[part]
    what = draw(st.sampled_from(["replace", "replace", "delete", "add"]))
    if what == "delete":
        del parent[place[-1]]
    elif what == "replace":
        parent[place[-1]] = draw(values)
    elif isinstance(parent, dict):
        place = (*place[:-1], draw(words))
        parent[place[-1]] = draw(values)
    else:
        place = (*place[:-1], len(parent))
        parent.append(draw(values))
    return place, tree


def _of(line: str, place: Place) -> bool:
    """Whether a line speaks of a place, or of the block that it lies in: `kind` says what its neighbours may be.

    A variant that is gone is missed by the grid that names it.
    """
    *block, _ = named = list(keys(place))
    outer = (".".join(block[:count]) for count in range(1, len(block) + 1))
    if place[0] == "variants" and "is no variant" in line:
        return True
    return ".".join(named) in line or any(f"params.yaml: {key}{end}" in line for key in outer for end in ":. ")


@quickly
@given(mutation=mutations())
def test_settings_load_and_come_back_or_are_refused_by_their_path(
    tmp_path: Path, mutation: tuple[Place, dict[str, Any]]
) -> None:
    place, tree = mutation
    file = tmp_path / "params.yaml"
    file.write_text(yaml.dump(tree, Dumper=yaml.CSafeDumper), encoding="utf-8")
    try:
        loaded = params.load(file, Machine(25 * 10**9, cuda=False))
    except UserError as error:
        lines = str(error).splitlines()
        assert any(_of(line, place) for line in lines), (place, lines)
    else:
        for name, told in resolve(loaded).items():
            assert type(told).model_validate_json(json.dumps(told.model_dump(mode="json"))) == told, name


YAML_SIGNS = st.text(st.sampled_from("ab01 :-{}[],\n\t#&*!|>'\"%@`?=.~<x_e+"), max_size=40)


@quickly
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | YAML_SIGNS.map(str.encode))
@pytest.mark.filterwarnings("ignore::ruamel.yaml.error.YAMLWarning")
def test_any_bytes_are_a_block_of_settings_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    try:
        refusal = "" if isinstance(read(file), dict) else "none"
    except UserError as error:
        refusal = str(error)
    assert not refusal or (str(file) in refusal and len(refusal.splitlines()) == 1)
