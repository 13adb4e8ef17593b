"""Damaged files, full disks and signals in real stages: one-line errors, and no result is lost."""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from repository import Copy

from hourglass.errors import UserError

pytestmark = pytest.mark.slow

# inputs of a stage, with the stage that writes them
INPUTS = {
    "compare": {
        "settings/compare.json": "settings",
        "data/train/linear.csv": "train@linear",
        "data/evaluate/linear.json": "evaluate@linear",
        "data/latent-analysis/linear.safetensors": "latent-analysis@linear",
        "data/prepared/inputs/occlusion/test.safetensors": "preprocess-noise",
    },
    "pictures linear": {"data/snapshots/linear.zip": "train@linear"},
    "evaluate linear": {
        "models/linear.safetensors": "train@linear",
        "data/classifier.safetensors": "classifier",
        "data/prepared/outliers.safetensors": "preprocess-noise",
    },
    "latent_analysis linear": {"data/prepared/inputs/none/test.safetensors": "preprocess-noise"},
    "classifier": {"data/prepared/images/train.safetensors": "preprocess-noise"},
    "sgd_pictures": {"data/sgd-variants.csv": "sgd-variants"},
    "readme": {"metrics/compare.md": "compare"},
    "register": {"metrics/compare.json": "compare"},
}
DAMAGE = {"empty": b"", "half": None, "other content": b"\x89PNG\r\n"}


@pytest.mark.parametrize(
    ("stage", "name", "writer"), [(s, n, w) for s, names in INPUTS.items() for n, w in names.items()]
)
def test_damaged_inputs_name_the_command_that_restores_them(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, stage: str, name: str, writer: str
) -> None:
    monkeypatch.chdir(copy.path)
    file, (module, *arguments) = Path(name), stage.split()
    content = file.read_bytes()
    file.rename(f"{name}.aside")  # a link into DVC's cache must not be written to
    try:
        for damage in (*DAMAGE, "missing"):
            if damage != "missing":
                half = content[: len(content) // 2 + 1].rstrip(b"\n")
                file.write_bytes(half if DAMAGE[damage] is None else DAMAGE[damage])
            with pytest.raises(UserError) as caught:
                importlib.import_module(f"stages.{module}").main(*arguments)
            message = str(caught.value)
            assert name in message
            assert f"`dvc repro {writer}`" in message
            assert len(message.splitlines()) == 1
            file.unlink(missing_ok=True)
    finally:
        Path(f"{name}.aside").replace(file)


SGD_PICTURES = (sys.executable, "-m", "stages.sgd_pictures")


def error(copy: Copy, *command: str) -> str:
    """Run a command that must fail with one line; return the line."""
    result = copy.run(*command)
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 1), result.stdout
    return result.stdout.strip()


def test_a_read_only_folder_is_named(unchanged: Copy) -> None:
    folder = unchanged.path / "plots/sgd-variants"
    # root may write anywhere, unless that capability is dropped
    unprivileged = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
    folder.chmod(0o555)
    try:
        message = error(unchanged, *unprivileged, *SGD_PICTURES)
    finally:
        folder.chmod(0o755)
    assert message.startswith(
        "error: plots/sgd-variants/losses.png: Permission denied; write permission is needed for "
    )


def test_partly_written_files_are_no_results(unchanged: Copy) -> None:
    names = ("data/evaluate/.linear.part.json", "plots/pictures/linear/.x.part.png", "models/.pca.part.safetensors")
    for name in names:
        (unchanged.path / name).write_text("hal")
    assert unchanged.stale() == set()
    assert unchanged.done("git", "status", "--porcelain") == ""
    for name in names:
        (unchanged.path / name).unlink()


def test_ctrl_c_while_a_stage_imports_ends_it_with_one_line(copy: Copy) -> None:
    stage = subprocess.Popen(
        [sys.executable, "-m", "stages.pictures", "linear"],
        cwd=copy.path,
        env=copy.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  as at a terminal
    )
    process, deadline = psutil.Process(stage.pid), time.monotonic() + 120
    while not any("libtorch" in mapped.path for mapped in process.memory_maps()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stage.send_signal(signal.SIGINT)
    assert stage.wait(timeout=60) == 128 + signal.SIGINT
    assert stage.communicate()[0] == "interrupted by SIGINT; rerun the same command to resume\n"


def test_an_unknown_variant_names_the_known_ones(copy: Copy) -> None:
    message = error(copy, sys.executable, "-m", "stages.train", "lineal")
    assert "lineal" in message
    assert "denoising_vae, linear, pca" in message
