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
    """Apply quick.yaml to settings in place.

    Args:
        settings: content of params.yaml.
        quick: under `only`, the entries to keep of a block; under `settings`, new values. Names are dotted.

    Raises:
        UserError: a name does not occur in params.yaml.
    """
    for name, entries in quick["only"].items():
        block, key = _find(settings, name)
        for entry in entries:
            _find(settings, f"{name}.{entry}")
        block[key] = {entry: block[key][entry] for entry in entries}
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


def main(folder: str) -> None:
    """Write the smaller params.yaml into `folder`."""
    settings = read(PARAMS)
    shrink(settings, read(QUICK))
    (Path(folder) / PARAMS).write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    variants, dataset = ", ".join(settings["variants"]), settings["data"]["dataset"]
    print(f"{variants} on {dataset}, about two minutes on two idle cores, in {folder}", flush=True)


if __name__ == "__main__":
    signals.install_handlers()
    if len(sys.argv) != 2:
        sys.exit("usage: python -m hourglass.runner.quick FOLDER")
    main(sys.argv[1])
