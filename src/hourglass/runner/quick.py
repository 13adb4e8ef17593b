"""Command that overwrites params.yaml with the reduced settings of a quick run, for use in a copy of the repository.

`python -m hourglass.runner.quick` selects the variants in quick.yaml. Arguments are names of variants to use instead.
"""

import functools
import operator
import sys
from pathlib import Path
from typing import Any

import yaml

from hourglass import signals
from hourglass.errors import UserError
from hourglass.settings.yaml_io import read

PARAMS, QUICK = Path("params.yaml"), Path("quick.yaml")


def shrink(settings: dict[Any, Any], quick: dict[Any, Any]) -> None:
    """Apply the content of quick.yaml to the settings of params.yaml, in place. Raises UserError for unknown names.

    In quick.yaml, `only` lists the entries of a block that are kept, and `settings` contains new values.
    """
    for name, entries in quick["only"].items():
        block, key = _find(settings, name)
        block[key] = {entry: _find(settings, f"{name}.{entry}")[0][entry] for entry in entries}
    for name, value in quick["settings"].items():
        block, key = _find(settings, name)
        block[key] = value


def _find(settings: dict[Any, Any], name: str) -> tuple[dict[Any, Any], str]:
    """Find a setting by its dotted name, and return the dictionary that contains it and its key in that dictionary."""
    *outer, key = name.split(".")
    try:
        block = functools.reduce(operator.getitem, outer, settings)
        block[key]
    except (KeyError, TypeError):
        raise UserError(f"{QUICK} or VARIANTS names {name}, which {PARAMS} does not have") from None
    return block, key


if __name__ == "__main__":
    signals.install_handlers()
    params, quick = read(PARAMS), read(QUICK)
    if sys.argv[1:]:
        quick["only"]["variants"] = ["linear", *sys.argv[1:]]  # stage sgd-variants needs linear
    shrink(params, quick)
    PARAMS.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    print(f"{', '.join(params['variants'])} on {params['data']['dataset']}, in {Path.cwd()}", flush=True)
