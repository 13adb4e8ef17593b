"""Command that reduces params.yaml to the settings of a quick run. Use it only in a copy of the repository.

By default, `python -m hourglass.runner.quick` keeps the variants listed in quick.yaml. To keep other variants, pass
their names as arguments, or pass an exercise sheet, such as `--sheet lmu`. The variant `linear` is always kept.
"""

import argparse
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
    """Reduce the settings of params.yaml in place. Variants that are not kept are removed from the exercise sheets.

    Args:
        settings: content of params.yaml.
        quick: content of quick.yaml. `quick["only"]` lists the entries to keep of a block, `quick["settings"]` holds
            new values. Both are keyed by dotted setting name, such as `train.epochs`.

    Raises:
        UserError: if `quick` names a setting or an entry that `settings` does not have.
    """
    for name, entries in quick["only"].items():
        block, key = _find(settings, name)
        block[key] = {entry: _find(settings, f"{name}.{entry}")[0][entry] for entry in entries}
    for name, value in quick["settings"].items():
        block, key = _find(settings, name)
        block[key] = value
    for variants in settings.get("sheets", {}).values():
        variants[:] = [variant for variant in variants if variant in settings["variants"]]


def sheet_variants(settings: dict[Any, Any], sheet: str) -> list[str]:
    """Return the names of an exercise sheet's variants. Raises UserError if the sheet is not in `settings`."""
    sheets: dict[str, list[str]] = settings.get("sheets", {})
    if sheet not in sheets:
        raise UserError(f"SHEET is {sheet!r}; {PARAMS} has the sheets {', '.join(sheets)}")
    return sheets[sheet]


def _find(settings: dict[Any, Any], name: str) -> tuple[dict[Any, Any], str]:
    """Find a setting by its dotted name. Return the dictionary that contains it, and its key in that dictionary."""
    *outer, key = name.split(".")
    try:
        block = functools.reduce(operator.getitem, outer, settings)
        block[key]
    except (KeyError, TypeError):
        raise UserError(f"{QUICK} or VARIANTS names {name}, which {PARAMS} does not have") from None
    return block, key


if __name__ == "__main__":
    signals.install_handlers()
    parser = argparse.ArgumentParser("python -m hourglass.runner.quick", description="Reduce params.yaml.")
    parser.add_argument("--sheet", help="exercise sheet in params.yaml whose variants are trained")
    parser.add_argument("variants", nargs="*", help="further variants; default: those in quick.yaml")
    options = parser.parse_args()
    params, quick = read(PARAMS), read(QUICK)
    names = [*(sheet_variants(params, options.sheet) if options.sheet else ()), *options.variants]
    if names:
        quick["only"]["variants"] = ["linear", *names]  # stage sgd-variants needs linear
    shrink(params, quick)
    PARAMS.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    print(f"{', '.join(params['variants'])} on {params['data']['dataset']}, in {Path.cwd()}", flush=True)
