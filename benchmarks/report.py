"""Results in, benchmarks/README.md and its picture out."""

from collections.abc import Callable
from pathlib import Path

from benchmarks import picture, results, tables
from benchmarks.results import Results
from hourglass.figures import style
from hourglass.files import replacing, write_json

TOP = Path(__file__).with_name("method.md")
SECTIONS: dict[str, tuple[str, Callable[[Results], str]]] = {
    "epochs": ("An epoch", tables.epochs),
    "trainings": ("Whole trainings", tables.trainings),
    "side-by-side": ("Trainings side by side", tables.side_by_side),
    "growth": ("How cost grows", tables.growth),
    "precision": ("bfloat16 against float32", tables.precision),
    "descents": ("Three kinds of gradient descent", tables.descents),
    "graph": ("`make repro` from scratch", tables.graph),
}


def write(into: Path) -> None:
    """Put what has been measured so far into README.md, and epochs.png where epochs have been."""
    parts = [TOP.read_text(encoding="utf-8").strip()]
    for part, (title, table) in SECTIONS.items():
        found = results.read(results.file(into, part))
        if found is not None:
            parts.append(f"## {title}\n\n{table(found)}")
            if part == "epochs" and results.peers(found):
                style.save(picture.epochs(found), into / "epochs.png")
                parts.append("![How many times longer an epoch takes elsewhere](epochs.png)")
            parts.append(made(found))
    with replacing(into / "README.md") as file:
        file.write_text("\n\n".join(filter(None, parts)) + "\n", encoding="utf-8")


def made(found: Results) -> str:
    """On what, with what and when the figures came about; nothing where they do not tell."""
    if "made" not in found:
        return ""
    made = found["made"]
    how = f"; threads of a training {found['threads']}; rounds {found['rounds']}" if "rounds" in found else ""
    return (
        f"Measured {made['date']} by `{made['command']}` on {made['processor']}, {made['cores']} cores, with torch "
        f"{made['torch']} and Python {made['python']}; commit {made['commit']}; load before the start "
        f"{made['load_before']:.1f}{how}."
    )


def keep_graph(report: Path, into: Path) -> None:
    """Keep what the run of the whole graph reported, beside the other results."""
    content = results.read(report)
    if content is None:
        raise FileNotFoundError(2, "there is no such report", str(report))
    write_json(results.file(into, "graph"), content)
