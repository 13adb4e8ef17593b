"""No command prints or stores the password in an address."""

import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from hourglass import signals, tracking
from hourglass.datasets import DATASETS
from hourglass.runner import commands
from hourglass.settings.grids import Resources
from hourglass.sweep import cluster
from hourglass.tracking import __main__ as ui
from hourglass.tracking import store
from stages import download, register

ROOT = Path(__file__).parents[1]
ADDRESS = "http://me:s3cret@127.0.0.1:9"
FAILURE = CompletedProcess((), 1, "", f"ERROR: no answer from {ADDRESS}")

COMMANDS: dict[str, Callable[[], object]] = {
    "ui": ui.main,
    "register": register.main,
    "train": lambda: tracking.Run(tracking.RunInfo("linear", "digits", {}), "key"),
    "download": download.main,
    "sweep": lambda: cluster.connect(Resources(cpus=1, gpus=0), jobs=1).__enter__(),
    "ci": lambda: print(commands.restore(), commands.push()),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_shows_a_password(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("settings", "metrics"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    for variable in ("MLFLOW_TRACKING_URI", "RAY_ADDRESS", "HOURGLASS_DATA"):
        monkeypatch.setenv(variable, ADDRESS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    local = replace(DATASETS["fashion_mnist"], torchvision=None, debian=None, npm=None)
    monkeypatch.setitem(DATASETS, "fashion_mnist", local)
    monkeypatch.setattr(ui, "connect", lambda: None)  # as if a server answered
    monkeypatch.setattr(store, "_failed", set())
    monkeypatch.setattr(commands, "run", lambda *_: FAILURE)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    signals.install_handlers()
    try:
        COMMANDS[name]()
    except Exception as error:
        signals.report(error)
    output = "".join(capsys.readouterr())
    assert "***@127.0.0.1:9" in output
    assert "s3cret" not in output
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


def test_every_command_masks_its_output() -> None:
    programs = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    entries = [text.partition('if __name__ == "__main__":\n')[2] for text in programs]
    assert all(entry.startswith("    signals.install_handlers()\n") for entry in entries if entry)
