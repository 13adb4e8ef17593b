"""Write a smaller params.yaml, as quick.yaml describes it, into a copy: `python -m hourglass.runner.quick FOLDER`."""

import sys
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
    *above, key = name.split(".")
    block: Any = settings
    for outer in above:
        block = block.get(outer) if isinstance(block, dict) else None
    if not isinstance(block, dict) or key not in block:
        raise UserError(f"{QUICK} names {name}, which {PARAMS} does not have")
    return block, key


if __name__ == "__main__":
    signals.install_handlers()
    params = read(PARAMS)
    shrink(params, read(QUICK))
    (Path(sys.argv[1]) / PARAMS).write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    print(f"{', '.join(params['variants'])} on {params['data']['dataset']}, in {sys.argv[1]}", flush=True)
