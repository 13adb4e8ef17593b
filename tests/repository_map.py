"""The map of the repository in CONTRIBUTING.md: `python tests/repository_map.py`, which `make map` calls."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- map -->\n", "<!-- end of map -->"
FOLDERS = ("stages", "src/hourglass", "benchmarks")


def written(text: str) -> str:
    """CONTRIBUTING.md with the map as it is now."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{_map()}{END}{rest.split(END)[1]}"


def _map() -> str:
    lines = []
    for folder in FOLDERS:
        files = sorted((ROOT / folder).rglob("*.py"), key=lambda file: (file.parent, file.name != "__init__.py", file))
        for file in files:
            package = file.name == "__init__.py"
            name = (file.parent if package else file).relative_to(ROOT).as_posix()
            says = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            first = " ".join(says.split("\n\n", maxsplit=1)[0].split())
            lines.append(f"\n**{name}/** {first}\n\n" if package else f"- `{file.name}` {first}\n")
    return "".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
