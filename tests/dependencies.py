"""Which of the project's files a stage's results follow from, by what its code imports, and what dvc.yaml says."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hourglass import paths

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path("src")
PACKAGE = "hourglass"

EXEMPT = {
    "stages/__init__.py": "sets one thread a stage, reports errors",
    "src/hourglass/checkpoints": "what a killed training goes on from, to the same end",
    "src/hourglass/errors.py": "words for the user",
    "src/hourglass/files.py": "how files are written",
    "src/hourglass/paths.py": "where files are",
    "src/hourglass/pipeline/commands.py": "asks DVC what is up to date",
    "src/hourglass/pipeline/graph.py": "asks DVC what is up to date",
    "src/hourglass/pipeline/machine.py": "how many may work at a time",
    "src/hourglass/progress.py": "what is shown meanwhile",
    "src/hourglass/records": "the form of results; what is in them comes from the code that fills them",
    "src/hourglass/settings/network.py": "read by the stage settings; what follows stands in settings/",
    "src/hourglass/settings/params.py": "read by the stage settings; what follows stands in settings/",
    "src/hourglass/settings/section.py": "read by the stage settings; what follows stands in settings/",
    "src/hourglass/settings/stages.py": "read by the stage settings; what follows stands in settings/",
    "src/hourglass/tracking": "writes to MLflow's record alone",
    "src/hourglass/training/device.py": "where to compute, which makes no result stale on purpose",
}
"""What decides no result, and why."""

OF_GIT = {
    "sweep/train": ["data/sweep/trials"],  # to go on from
}
"""What a stage leaves, and takes up again, that is no output of DVC's."""

REGISTRIES = {
    "src/hourglass/data/corruptions": "${item.corruption}",
    "src/hourglass/losses": "${item.loss}",
}
"""Folders of entries of which a variant has one: its stages may depend on that entry's file alone."""


def problems(stage: str, described: dict[str, Any]) -> list[str]:
    """What dvc.yaml leaves out of a stage's dependencies, and what it names without need."""
    entry = Path("stages") / f"{described['cmd'].split()[2].removeprefix('stages.')}.py"
    listed = list(described.get("deps", []))
    code = [dep for dep in listed if dep.endswith(".py") or dep.startswith("src/")]
    found = [f"{stage}: {text}" for text in (*_code(entry, code), *_data(stage, entry, described, code))]
    if "params" in described:
        found.append(f"{stage}: params, but what a stage is told of them stands in settings/")
    return found


def stages() -> dict[str, dict[str, Any]]:
    """The stages of dvc.yaml and sweep/dvc.yaml, by name; `settings` reads params.yaml for all others."""
    found = {}
    for folder in ("", "sweep/"):
        content = yaml.safe_load((ROOT / folder / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
        found |= {f"{folder}{name}": block.get("do", block) for name, block in content.items() if name != "settings"}
    return found


def _code(entry: Path, listed: list[str]) -> Iterator[str]:
    needed = {file for file in closure(entry) if not _within(file, EXEMPT)}
    for file in sorted(needed):
        registry = next((folder for folder in REGISTRIES if file == f"{folder}/__init__.py"), None)
        if registry is None:
            if not _within(file, listed) and not (_entry(file) and f"{file.rpartition('/')[0]}/__init__.py" in needed):
                yield f"{file} is missing"
        elif registry not in listed and f"{registry}/{REGISTRIES[registry]}.py" not in listed:
            yield f"{registry} is missing, or the entry in it"
    for dep in listed:
        if "${" in dep:
            folder = dep.rpartition("/")[0]
            if f"{folder}/__init__.py" not in needed:
                yield f"{dep} is not needed"
        elif not (ROOT / dep).exists():
            yield f"{dep} is not there"
        elif dep.endswith(".py") and dep not in needed:
            yield f"{dep} is not needed"
        elif not dep.endswith(".py"):
            for file in sorted((ROOT / dep).rglob("*.py")):
                name = file.relative_to(ROOT).as_posix()
                if not (name in needed or _within(name, EXEMPT) or file.name == "__init__.py" or dep in REGISTRIES):
                    yield f"{name}, of {dep}, is not needed"


def _entry(file: str) -> bool:
    """Whether a file is an entry of a registry, and not what entries share."""
    folder, _, name = file.rpartition("/")
    return folder in REGISTRIES and name.removesuffix(".py") in _entries(folder)


@cache
def _entries(folder: str) -> set[str]:
    """The modules that a registry's `__init__` imports by name."""
    tree = ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))
    package = Path(folder).relative_to(SOURCE).as_posix().replace("/", ".")
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == package]
    return {alias.name for node in imports for alias in node.names}


def _data(stage: str, entry: Path, described: dict[str, Any], code: list[str]) -> Iterator[str]:
    """Files that the entry reads and writes, and settings that it loads, against what dvc.yaml lists."""
    tree = ast.parse((ROOT / entry).read_text(encoding="utf-8"))
    used = set(_paths(tree))
    loaded = {f"settings/{name}" for name in _settings(tree)}
    deps = [dep for dep in described.get("deps", []) if dep not in code]
    kinds = [described.get(kind, []) for kind in ("outs", "metrics", "plots")]
    outs = [out if isinstance(out, str) else next(iter(out)) for kind in kinds for out in kind]
    for path in sorted(used):
        if not any(_below(path, place) or _below(place, path) for place in (*deps, *outs, *OF_GIT.get(stage, []))):
            yield f"{path} is read or written, but neither a dependency nor an output"
    for dep in deps:
        if dep.startswith("settings/"):
            if dep not in loaded:
                yield f"{dep} is not loaded"
        elif not any(_below(path, dep) or _below(dep, path) for path in used):
            yield f"{dep} is not read"
    yield from (f"{name} is missing" for name in sorted(loaded) if name not in deps)


def _paths(tree: ast.Module) -> Iterator[str]:
    """The paths that an entry makes of the constants of hourglass.paths, as dvc.yaml writes them; `*` is any name."""
    known: dict[str, str] = {name: getattr(paths, name).as_posix() for name in _imported(tree, f"{PACKAGE}.paths")}
    parts: set[int] = set()  # of longer paths, or names that paths are given

    def path(node: ast.expr) -> str | None:
        match node:
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.BinOp(left=left, op=ast.Div(), right=right) if (start := path(left)) is not None:
                parts.add(id(left))
                return f"{start}/{_name(right)}"
        return None

    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (named := path(node.value)):
            known[node.targets[0].id] = named
            parts.add(id(node.value))
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Tuple)
            and isinstance(node.value, ast.Tuple)
        ):
            for target, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                if isinstance(target, ast.Name) and (named := path(value)):
                    known[target.id] = named
                    parts.add(id(value))
    found = [(node, path(node)) for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.Name)]
    stored = {id(node) for node, _ in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    yield from (text for node, text in found if text is not None and id(node) not in parts | stored)


def _name(node: ast.expr) -> str:
    """One part of a path: `${key}` for the variant, `${item.corruption}` for its corruption."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id="variant"):
            return "${key}"
        case ast.Attribute(attr="corruption"):
            return "${item.corruption}"
        case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name(id="variant")), ast.Constant(value=str(end))]):
            return f"${{key}}{end}"
    return "*"


def _settings(tree: ast.Module) -> Iterator[str]:
    """The settings files that `<class>.load(…)` reads, as dvc.yaml writes them."""
    classes = _imported(tree, f"{PACKAGE}.settings.stages")
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="load"), args=[argument]) if name in classes:
                match argument:
                    case ast.Constant(value=str(text)):
                        yield f"{text}.json"
                    case ast.JoinedStr(values=[ast.Constant(value=str(text)), ast.FormattedValue(ast.Name(id=who))]):
                        yield f"{text}${{key}}.json" if who == "variant" else text.rstrip("/")
                    case _:
                        raise AssertionError(
                            f"settings are loaded by a name that is not understood: {ast.unparse(node)}"
                        )


def _imported(tree: ast.Module, module: str) -> set[str]:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module]
    return {alias.name for node in imports for alias in node.names}


def _below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(f"{folder}/")


def _within(file: str, places: Any) -> bool:
    return any(_below(file, place) for place in places)


def closure(entry: Path) -> set[str]:
    """The project's files that an entry runs: the modules that define what it imports, and theirs in turn.

    A package's `__init__.py` that hands on names is looked through; one that defines a name itself is in it.
    """
    found: set[str] = set()
    waiting = [entry.as_posix()]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        if not _within(file, EXEMPT):  # what decides nothing brings nothing in
            waiting += used(file)
    return found


@cache
def used(file: str) -> set[str]:
    """The project's files from which a file takes names."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    only_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not any(_ours(alias.name) for alias in node.names), f"{file}: `from … import …` can be followed"
        if isinstance(node, ast.ImportFrom) and id(node) not in only_types and _ours(node.module or ""):
            assert node.level == 0, f"{file}: a relative import cannot be followed"
            assert node.names[0].name != "*", f"{file}: `*` cannot be followed"
            for alias in node.names:
                found |= _defined(node.module or "", alias.name, tree, alias.asname or alias.name)
    return found


def _ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in (PACKAGE, "stages")


def _defined(module: str, name: str, tree: ast.Module, known_as: str) -> set[str]:
    """The files that define a name of a module; where it is a package, those of the attributes that are used of it."""
    whole = f"{module}.{name}"
    if _file(whole) is None:
        return {_home(module, name)}
    if not _is_package(whole):
        return {str(_file(whole))}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == known_as}
    return {file for attribute in names for file in _defined(whole, attribute, ast.Module([], []), attribute)}


def _home(module: str, name: str) -> str:
    """The file that defines a name, looked for through packages that hand it on."""
    file = _file(module)
    assert file is not None, f"{module} is no module"
    if _is_package(module):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and _ours(node.module or ""):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return _home(str(node.module), alias.name)
    return file


def _is_package(module: str) -> bool:
    return str(_file(module)).endswith("__init__.py")


@cache
def _file(module: str) -> str | None:
    base = (Path() if module.startswith("stages") else SOURCE) / Path(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if (ROOT / candidate).exists():
            return candidate.as_posix()
    return None
