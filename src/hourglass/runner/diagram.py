"""The stages of dvc.yaml for a reader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx  # type: ignore[import-untyped]
import yaml

from hourglass.runner import commands
from hourglass.runner.repository import repository


def graph() -> str:
    """The stages of dvc.yaml: a diagram for Mermaid, and a table of what each does and leaves.

    The stages of all variants are one box. An arrow that follows from others is left out.
    """
    described = yaml.safe_load(Path(commands.PIPELINE).read_text(encoding="utf-8"))["stages"]
    with repository() as repo:
        pairs = [(before.addressing, after.addressing) for after, before in repo.index.graph.edges]
    between = {(before.split("@")[0], after.split("@")[0]) for before, after in pairs}
    edges = [edge for edge in between if set(edge) <= described.keys()]
    reduced = networkx.transitive_reduction(networkx.DiGraph(edges)).edges
    order = list(described)
    arrows = [f"  {one} --> {other}" for one, other in sorted(reduced, key=lambda edge: [*map(order.index, edge)])]
    boxes = [f"  {name}[[{name}]]" for name, stage in described.items() if "foreach" in stage]
    lines = ["```mermaid", "flowchart LR", *boxes, *arrows, "```"]
    rows = [f"| {name} | {_does(stage)} | {', '.join(_leaves(stage))} |" for name, stage in described.items()]
    return "\n".join([*lines, "", "| stage | what it does | what it leaves |", "| --- | --- | --- |", *rows, ""])


def _does(stage: Mapping[str, Any]) -> str:
    return str(stage.get("do", stage)["desc"])


def _leaves(stage: Mapping[str, Any]) -> list[str]:
    """Files and folders; instead of those of each variant, and of several in a folder below another, that folder."""
    each = stage.get("do", stage)
    entries = [entry for kind in ("outs", "metrics", "plots") for entry in each.get(kind, ())]
    paths = [str(path) for entry in entries for path in (entry if isinstance(entry, Mapping) else [entry])]
    return list(dict.fromkeys(f"`{_shortened(path)}`" for path in paths))


def _shortened(path: str) -> str:
    folder, name = path.partition("${")[0], path.rpartition("/")[2]
    if folder != path:
        return folder
    return path.removesuffix(name) if path.count("/") > 1 else path
