"""Shrink params.yaml as quick.yaml describes it: `python -m hourglass.runner.quick`, in a copy of the repository."""

import functools
import operator
from pathlib import Path
from typing import Any

import yaml

from hourglass import signals
from hourglass.errors import UserError
from hourglass.settings.yaml_io import read

PARAMS, QUICK = Path("params.yaml"), Path("quick.yaml")


def shrink(settings: dict[Any, Any], quick: dict[Any, Any]) -> None:
    """Apply `only` and `settings` of quick.yaml to the content of params.yaml. Raises UserError for unknown names."""
    for name, entries in quick["only"].items():
        block, key = _find(settings, name)
        block[key] = {entry: _find(settings, f"{name}.{entry}")[0][entry] for entry in entries}
    for name, value in quick["settings"].items():
        block, key = _find(settings, name)
        block[key] = value


def _find(settings: dict[Any, Any], name: str) -> tuple[dict[Any, Any], str]:
    """Return the block that holds a setting, and the setting's key in it."""
    *outer, key = name.split(".")
    try:
        block = functools.reduce(operator.getitem, outer, settings)
        block[key]
    except (KeyError, TypeError):
        raise UserError(f"{QUICK} names {name}, which {PARAMS} does not have") from None
    return block, key


if __name__ == "__main__":
    signals.install_handlers()
    params = read(PARAMS)
    shrink(params, read(QUICK))
    PARAMS.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    print(f"{', '.join(params['variants'])} on {params['data']['dataset']}, in {Path.cwd()}", flush=True)
