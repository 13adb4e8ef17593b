"""Any params.yaml is either refused with the key of the problem or survives the settings files unchanged."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repository import ROOT

from hourglass.errors import UserError
from hourglass.settings import params
from hourglass.settings.error_messages import format_key
from hourglass.settings.params import Hardware
from hourglass.settings.stage_configs import resolve
from hourglass.settings.yaml_io import read

Location = tuple[str | int, ...]

BASE = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
BASE["variants"] = {name: BASE["variants"][name] for name in ("linear", "convolutional", "denoising_vae", "pca")}
BASE["sheets"] = {"lmu": ["linear", "convolutional"], "osnabrueck": ["denoising_vae"]}
for _grid in BASE["sweep"]["grids"].values():
    _grid["variants"] = ["linear"] if _grid.keys() & {"code", "loss"} else ["linear", "pca"]
BASE["sweep"]["grids"]["noise"] |= {"variants": ["denoising_vae"], "latent": [3]}

deterministic = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = st.integers() | st.sampled_from([10**9, 10**30, 10**400, -1, 0, 1, 2]) | st.floats()
words = st.text(max_size=8) | st.sampled_from(["none", "relu", "gaussian", "elbo", "pca", "digits", "cuda", "1e-05"])
leaves = st.none() | st.booleans() | numbers | words
values = leaves | st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=5
)


def _locations(tree: Any, above: Location = ()) -> Iterator[Location]:
    if isinstance(tree, dict | list):
        for key, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield (*above, key)
            yield from _locations(inner, (*above, key))


LOCATIONS = sorted(_locations(BASE), key=str)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[Location, dict[str, Any]]:
    """Draw a location, and params.yaml with a value replaced, deleted or added there."""
    location, tree = draw(st.sampled_from(LOCATIONS)), copy.deepcopy(BASE)
    block = tree
    for part in location[:-1]:
        block = block[part]
    action = draw(st.sampled_from(["replace", "replace", "delete", "add"]))
    if action == "delete":
        del block[location[-1]]
    elif action == "replace":
        block[location[-1]] = draw(values)
    elif isinstance(block, dict):
        location = (*location[:-1], draw(words))
        block[location[-1]] = draw(values)
    else:
        location = (*location[:-1], len(block))
        block.append(draw(values))
    return location, tree


def _names(line: str, location: Location) -> bool:
    """Return whether a line names the location or one of the blocks around it."""
    grid_no_longer_fits = "is not a variant" in line or "has corruption" in line
    if location[0] == "variants" and grid_no_longer_fits:
        return True
    outer = [format_key(location[:count]) for count in range(1, len(location))]
    return format_key(location) in line or any(f"params.yaml: {key}{end}" in line for key in outer for end in ":. ")


@deterministic
@given(mutation=mutations())
def test_settings_are_refused_by_their_key_or_unchanged(mutation: tuple[Location, dict[str, Any]]) -> None:
    location, tree = mutation
    try:
        loaded = params.validate(tree, Path("params.yaml"), Hardware(25 * 10**9, cuda=False))
    except UserError as error:
        lines = str(error).splitlines()
        assert any(_names(line, location) for line in lines), (location, lines)
    else:
        for name, config in resolve(loaded).items():
            assert type(config).model_validate_json(json.dumps(config.model_dump(mode="json"))) == config, name


YAML_SIGNS = st.text(st.sampled_from("ab01 :-{}[],\n\t#&*!|>'\"%@`?=.~<x_e+"), max_size=40)


@deterministic
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | YAML_SIGNS.map(str.encode))
@pytest.mark.filterwarnings("ignore::ruamel.yaml.error.YAMLWarning")
def test_any_bytes_are_a_mapping_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    message = ""
    try:
        read(file)
    except UserError as error:
        message = str(error)
    assert not message or (str(file) in message and len(message.splitlines()) == 1)
