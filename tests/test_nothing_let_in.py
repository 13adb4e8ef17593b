"""No file that is read can run code, no server is reachable from elsewhere, and nobody is told of what runs here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dvc import analytics
from dvc.updater import Updater

ROOT = Path(__file__).parents[1]
CODE = ("src", "stages", "benchmarks")
TELLING = (
    "CI",
    "GITHUB_ACTIONS",
    "DO_NOT_TRACK",
    "DVC_TEST",
    "PYTEST_CURRENT_TEST",
)  # switch telemetry off by themselves

REFUSED = {
    "import pickle": "TID251",
    "import joblib": "TID251",
    "from cloudpickle import loads": "TID251",
    "import torch\n\ntorch.load('model.pt', weights_only=False)": "TID251",
    "import numpy as np\n\nnp.load('array.npy', allow_pickle=True)": "TID251",
    "import mlflow\n\nmlflow.pyfunc.load_model('models:/one')": "TID251",
    "import pandas\n\npandas.read_pickle('table')": "S301",
    "import yaml\n\nyaml.load('a: 1', Loader=yaml.Loader)": "S506",
    "import yaml\n\nyaml.full_load('a: 1')": "TID251",
    "import tarfile\n\ntarfile.open('archive').extractall()": "S202",
    "import shutil\n\nshutil.unpack_archive('archive')": "TID251",
    "eval('1')": "S307",
    "exec('a = 1')": "S102",
    "import subprocess\n\nsubprocess.run('train $(name)', shell=True)": "S602",
    "import os\n\nos.system('ls')": "S605",
    "HOST = '0.0.0.0'": "S104",
}


def linted(code: str, place: str) -> set[str]:
    """The rules that code breaks where it stands in a file of this place."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename", place, "-"]
    said = subprocess.run(command, cwd=ROOT, input=f"{code}\n", capture_output=True, text=True, check=False)
    return set(re.findall(r": ([A-Z]+\d+) ", said.stdout))


@pytest.mark.parametrize("place", CODE)
@pytest.mark.parametrize(("code", "rule"), REFUSED.items())
def test_the_linter_refuses_what_runs_the_code_of_a_file(code: str, rule: str, place: str) -> None:
    assert rule in linted(code, f"{place}/file.py")


def test_the_linter_lets_safe_readers_be() -> None:
    safe = "import yaml\nfrom safetensors.torch import load_file\n\nprint(yaml.safe_load('a: 1'), load_file('b'))"
    assert linted(safe, "src/file.py") == set()


def test_nothing_that_is_refused_is_excused() -> None:
    rules = ",".join(set(REFUSED.values()))
    command = [sys.executable, "-m", "ruff", "check", "--ignore-noqa", "--select", rules, *CODE]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_no_archive_is_unpacked_to_the_disk() -> None:
    """Of a zip, ruff does not see it: its files are read by name, into memory."""
    unpacking = re.compile(r"\.extract(all)?\(")
    assert unpacking.search("ZipFile(path).extractall()")
    files = [path for place in CODE for path in (ROOT / place).rglob("*.py")]
    assert [path for path in files if unpacking.search(path.read_text(encoding="utf-8"))] == []


def test_dvc_sends_no_report_and_asks_for_no_news(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*TELLING, "DVC_NO_ANALYTICS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert analytics.is_enabled()
    assert Updater(str(tmp_path)).is_enabled()
    monkeypatch.chdir(ROOT)
    assert not analytics.is_enabled()
    assert not Updater(str(tmp_path)).is_enabled()


def test_mlflow_reports_nothing_from_a_stage() -> None:
    program = "from hourglass import tracking\nfrom mlflow.telemetry import utils\nprint(utils.is_telemetry_disabled())"
    plain = {name: value for name, value in os.environ.items() if name not in TELLING and "MLFLOW" not in name}
    plain |= {"PYTHONPATH": str(ROOT / "src")}
    said = subprocess.run([sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "True"


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", "Makefile"])
def test_servers_that_are_started_by_hand_stay_on_this_machine(file: str) -> None:
    commands = re.findall(r"mlflow (?:models serve|server|ui) .*", (ROOT / file).read_text(encoding="utf-8"))
    assert [command for command in commands if "--host 127.0.0.1" not in command] == []
    assert file != "README.md" or commands
