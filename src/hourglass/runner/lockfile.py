"""dvc.lock as text: what a stage left, and the order of its entries.

DVC appends a stage's entry when it ends, so that stages that run side by side would leave their entries in the order
in which they happened to end.
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import yaml

from hourglass.files import replacing

PATH = Path("dvc.lock")
_STAGES = re.compile(r"(?<=^stages:\n)(?: .*\n)+", re.MULTILINE)
_ENTRY = re.compile(r"^  (?! )", re.MULTILINE)


def read(path: Path = PATH) -> str:
    """The whole text; empty where there is none yet."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def outputs(text: str, stage: str) -> Any:
    """What is recorded of a stage's outputs, hashes among it; None where there is no record, or half of one.

    DVC writes the file bit by bit, so that another stage's process may be at it.
    """
    try:
        recorded = yaml.safe_load(_entries(text).get(stage, ""))
    except yaml.YAMLError:
        return None
    entry = recorded.get(stage) if isinstance(recorded, dict) else None
    return entry.get("outs") if isinstance(entry, dict) else None


def others(text: str, stages: Collection[str]) -> list[str]:
    """The stages that have a record and are none of these."""
    return [stage for stage in _entries(text) if stage not in stages]


def without(text: str, stages: Collection[str]) -> str:
    """The text without the records of these stages."""
    for stage, entry in _entries(text).items():
        if stage in stages:
            text = text.replace(entry, "", 1)
    return text


def in_order(before: str, after: str, order: Sequence[str]) -> str:
    """`after`, its entries ordered as DVC would have left them had it run the stages in the given order.

    Entries that were there before stay in front, in their order.
    """
    found = _STAGES.search(after)
    if found is None:
        return after
    entries = _entries(after)
    places = [*_entries(before), *order]
    ordered = sorted(entries, key=lambda stage: places.index(stage) if stage in places else len(places))
    return after[: found.start()] + "".join(entries[stage] for stage in ordered) + after[found.end() :]


def put_in_order(before: str, order: Sequence[str], path: Path = PATH) -> None:
    """Order the entries of the file as `in_order` does; under DVC's lock, as other DVC processes may write to it."""
    if (text := read(path)) == in_order(before, text, order):
        return
    from dvc.lock import make_lock  # type: ignore[import-untyped]  # noqa: PLC0415  seldom needed, and slow to import

    with make_lock(str(path.parent / ".dvc/tmp/lock"), wait=True), replacing(path) as part:
        part.write_text(in_order(before, read(path), order), encoding="utf-8")


def _entries(text: str) -> dict[str, str]:
    """The text of each stage's entry, by the stage's name."""
    found = _STAGES.search(text)
    if found is None:
        return {}
    starts = [start.start() for start in _ENTRY.finditer(found[0])]
    parts = [found[0][a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return {part.partition(":\n")[0].strip().strip("'\""): part for part in parts}
