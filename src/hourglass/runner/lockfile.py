"""dvc.lock: the outputs of each stage, and the order of its entries.

DVC appends the entry of a stage that ends. Stages that run in parallel would leave their entries in the order in which
they happened to end.
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


def read(path: Path = PATH) -> str:
    """Return the text of a lock file; empty if there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def entries(text: str) -> dict[str, str]:
    """Return the text of each stage's entry by the stage's name."""
    return {entry[1].strip("'\""): entry[0] for entry in _ENTRY.finditer(text)}


def outputs(text: str, stage: str) -> Any:
    """Return the recorded outputs of a stage; None if there is no complete entry (another process may be writing)."""
    try:
        return yaml.safe_load(entries(text)[stage])[stage].get("outs")
    except (KeyError, AttributeError, yaml.YAMLError):
        return None


def sort(before: str, order: Sequence[str], path: Path = PATH) -> None:
    """Sort the entries of the lock file as `dvc repro` would have left them, under DVC's lock.

    Args:
        before: text of the file before the run; its entries stay in front, in their order.
        order: the order in which `dvc repro` runs the stages.
        path: the lock file.
    """
    places = [*entries(before), *order]

    def ordered(text: str) -> str:
        parts = entries(text)
        names = sorted(parts, key=lambda stage: places.index(stage) if stage in places else len(places))
        sorted_parts = iter([parts[name] for name in names])
        return _ENTRY.sub(lambda _: next(sorted_parts), text)

    text = read(path)
    if text != ordered(text):
        with make_lock(str(path.parent / ".dvc/tmp/lock"), wait=True), replacing(path) as part:
            part.write_text(ordered(read(path)), encoding="utf-8")
