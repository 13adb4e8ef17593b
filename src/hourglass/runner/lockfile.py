"""Functions that read dvc.lock and sort its entries.

DVC appends an entry to dvc.lock when a stage ends. If stages run in parallel, the order of the entries therefore
varies between runs unless they are sorted.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from dvc.lock import make_lock  # type: ignore[import-untyped]

from hourglass.files import replacing

PATH = Path("dvc.lock")
_ENTRY = re.compile(r"^  (\S.*):\n(?:   .*\n)+", re.MULTILINE)


def read() -> str:
    """Return the text of dvc.lock, or an empty string if the file does not exist."""
    return PATH.read_text(encoding="utf-8") if PATH.exists() else ""


def entries(text: str) -> dict[str, str]:
    """Split the text of dvc.lock into one entry per stage, keyed by stage name."""
    return {entry[1].strip("'\""): entry[0] for entry in _ENTRY.finditer(text)}


def outputs(text: str, stage: str) -> Any:
    """Return the `outs` list of a stage from the text of dvc.lock, or None if the entry is missing or incomplete."""
    try:
        return yaml.safe_load(entries(text)[stage])[stage].get("outs")
    except (KeyError, AttributeError, yaml.YAMLError):
        return None


def sort(before: str, order: Sequence[str]) -> None:
    """Sort the entries of dvc.lock into the order that a sequential `dvc repro` would have produced.

    Other DVC processes are blocked while the file is written.

    Args:
        before: text of dvc.lock before the run. Its stages come first, in their original order.
        order: stages in the order in which `dvc repro` runs them.
    """
    places = [*entries(before), *order]

    def ordered(text: str) -> str:
        parts = entries(text)
        names = sorted(parts, key=lambda stage: places.index(stage) if stage in places else len(places))
        sorted_parts = iter([parts[name] for name in names])
        return _ENTRY.sub(lambda _: next(sorted_parts), text)

    text = read()
    if text != ordered(text):
        with make_lock(".dvc/tmp/lock", wait=True), replacing(PATH) as part:
            part.write_text(ordered(read()), encoding="utf-8")
