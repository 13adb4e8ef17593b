"""Why a stage runs, in words: the file that changed and, of settings, the keys with their old and new values."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from hourglass.ci.base import Base
from hourglass.ci.plan import Plan
from hourglass.ci.state import COMMAND, NEVER
from hourglass.flatten import iter_leaves

SHOWN = 6  # of keys or files that changed
_READERS: dict[str, Callable[[bytes], Any]] = {".json": json.loads, ".yaml": yaml.safe_load}
_ABSENT = object()


def why(plan: Plan, changed: dict[str, tuple[str, ...]], base: Base) -> dict[str, str]:
    """For each stage of a plan, as Markdown. changed: of a `State`."""
    return {stage: _of_one(stage, plan, changed, base) for stage in plan.stages}


def _of_one(stage: str, plan: Plan, changed: dict[str, tuple[str, ...]], base: Base) -> str:
    if stage in changed:
        return "; ".join(said for path in changed[stage] for said in _path(path, base))
    if stage in plan.remade:
        return f"others need {_some([f'`{path}`' for path in plan.remade[stage]])}, which is nowhere to be had"
    return f"follows from {_some([before for before in plan.graph.needs[stage] if before in plan.stages])}"


def _path(path: str, base: Base) -> Iterator[str]:
    if path in (COMMAND, NEVER) or not Path(path).exists():
        yield path if path in (COMMAND, NEVER) else f"`{path}` is not here"
        return
    files = base.changed(path)
    if not files:  # kept by DVC alone, or recorded otherwise at BASE already
        yield f"`{path}` is not what dvc.lock records"
        return
    yield from (_file(file, base) for file in files[:SHOWN])
    if len(files) > SHOWN:
        yield f"{len(files) - SHOWN} more files in `{path}`"


def _file(path: str, base: Base) -> str:
    if not Path(path).exists():
        return f"`{path}` is gone"
    before = base.read(path)
    if before is None:
        return f"`{path}` is new"
    keys = list(_keys(path, before))
    return f"`{path}`: {_some(keys)}" if keys else f"`{path}`"


def _keys(path: str, before: bytes) -> Iterator[str]:
    """Of a file of settings, each key whose value changed."""
    reader = _READERS.get(Path(path).suffix)
    if reader is None:
        return
    try:
        old, new = (dict(iter_leaves(reader(text))) for text in (before, Path(path).read_bytes()))
    except (ValueError, yaml.YAMLError):
        return  # whoever reads it says what is wrong with it
    for key in old | new:
        if (was := old.get(key, _ABSENT)) != (now := new.get(key, _ABSENT)):
            yield f"{key} {_value(was)} → {_value(now)}"


def _value(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _some(items: list[str]) -> str:
    shown = ", ".join(items[:SHOWN])
    return shown if len(items) <= SHOWN else f"{shown} and {len(items) - SHOWN} more"
