"""dvc.lock: the outputs of each stage, and the order of its entries.

DVC appends the entry of a stage that ends. Stages that run in parallel would leave their entries in the order in which
they happened to end.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from hourglass.files import replacing

PATH = Path("dvc.lock")
_STAGES = re.compile(r"(?<=^stages:\n)(?: .*\n)+", re.MULTILINE)
_ENTRY = re.compile(r"^  (?! )", re.MULTILINE)


def read(path: Path = PATH) -> str:
    """Return the text of a lock file; empty if there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def entries(text: str) -> dict[str, str]:
    """Return the text of each stage's entry by the stage's name."""
    block = _STAGES.search(text)
    if block is None:
        return {}
    starts = [start.start() for start in _ENTRY.finditer(block[0])]
    parts = [block[0][a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return {part.partition(":\n")[0].strip().strip("'\""): part for part in parts}


def outputs(text: str, stage: str) -> Any:
    """Return the recorded outputs of a stage; None if there is no complete entry (another process may be writing)."""
    try:
        recorded = yaml.safe_load(entries(text).get(stage, ""))
    except yaml.YAMLError:
        return None
    entry = recorded.get(stage) if isinstance(recorded, dict) else None
    return entry.get("outs") if isinstance(entry, dict) else None


def sort(before: str, order: Sequence[str], path: Path = PATH) -> None:
    """Sort the entries of the lock file as `dvc repro` would have left them, under DVC's lock.

    Args:
        before: text of the file before the run; its entries stay in front, in their order.
        order: the order in which `dvc repro` runs the stages.
        path: the lock file.
    """
    places = [*entries(before), *order]

    def ordered(text: str) -> str:
        parts, block = entries(text), _STAGES.search(text)
        if block is None:
            return text
        names = sorted(parts, key=lambda stage: places.index(stage) if stage in places else len(places))
        return text[: block.start()] + "".join(parts[name] for name in names) + text[block.end() :]

    if (text := read(path)) == ordered(text):
        return
    from dvc.lock import make_lock  # type: ignore[import-untyped]  # noqa: PLC0415  slow to import, seldom needed

    with make_lock(str(path.parent / ".dvc/tmp/lock"), wait=True), replacing(path) as part:
        part.write_text(ordered(read(path)), encoding="utf-8")
