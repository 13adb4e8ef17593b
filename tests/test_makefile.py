"""`make venv` works in folders of any name. Nothing is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest
from repository import ROOT

PYTHON = """#!/bin/sh
test "$1" = -m || exit 0
mkdir -p "$3/bin"
touch "$3/bin/activate"
printf '#!/bin/sh\\ncat > /dev/null; pwd >> "${0%%/*}/ran"\\n' > "$3/bin/pip"
chmod +x "$3/bin/pip"
"""  # `python -m venv` and its pip, which install nothing


@pytest.mark.parametrize("name", ["a folder", 'it\'s "odd" (a; b)', "$HOME ü"])
def test_the_environment_is_made_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for file in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / file, folder)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    command = ["make", "--silent", "venv", f"PYTHON={python}", "UV="]
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=True)
    assert {path.name for path in folder.iterdir()} == {"Makefile", "requirements.txt", ".venv"}
    assert {path.name for path in tmp_path.iterdir()} == {name, "python"}
    assert (folder / ".venv/bin/ran").read_text() == f"{folder}\n" * 2
