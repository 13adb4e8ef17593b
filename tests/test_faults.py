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
        "data/evaluate/linear.safetensors": "evaluate@linear",
        "data/latent-analysis/linear.json": "latent-analysis@linear",
        "data/latent-analysis/linear.safetensors": "latent-analysis@linear",
        "data/baselines.json": "baselines",
        "data/prepared/images/test.safetensors": "preprocess-noise",
        "data/prepared/inputs/occlusion/test.safetensors": "preprocess-noise",
    },
    "pictures linear": {"settings/pictures.json": "settings", "data/snapshots/linear.zip": "train@linear"},
    "evaluate linear": {
        "models/linear.safetensors": "train@linear",
        "data/snapshots/linear.zip": "train@linear",
        "data/classifier.safetensors": "classifier",
        "data/prepared/outliers.safetensors": "preprocess-noise",
    },
    "latent_analysis linear": {
        "models/linear.safetensors": "train@linear",
        "data/prepared/inputs/none/test.safetensors": "preprocess-noise",
    },
    "classifier": {"data/prepared/images/train.safetensors": "preprocess-noise"},
    "sgd_pictures": {"data/sgd-variants.json": "sgd-variants", "data/sgd-variants.csv": "sgd-variants"},
    "readme": {"metrics/compare.md": "compare", "metrics/compare.json": "compare"},
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


def test_a_full_disk_keeps_the_old_file(unchanged: Copy) -> None:
    folder = unchanged.path / "plots/sgd-variants"
    (folder / ".losses.part.png").symlink_to("/dev/full")
    before = (folder / "losses.png").read_bytes()
    assert error(unchanged, *SGD_PICTURES) == (
        "error: plots/sgd-variants/losses.png: No space left on device; free some space and rerun the same command, "
        "finished stages are not repeated"
    )
    assert (folder / "losses.png").read_bytes() == before
    assert not (folder / ".losses.part.png").is_symlink()


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


@pytest.mark.parametrize(("number", "when"), [(signal.SIGINT, "imports"), (signal.SIGTERM, "draws")])
def test_a_signal_ends_a_stage_with_one_line(unchanged: Copy, number: signal.Signals, when: str) -> None:
    folder = unchanged.path / "plots/pictures/linear"
    before = set(folder.iterdir())
    for picture in before:
        picture.unlink()
    stage = subprocess.Popen(
        [sys.executable, "-m", "stages.pictures", "linear"],
        cwd=unchanged.path,
        env=unchanged.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  as at a terminal
    )
    process, deadline = psutil.Process(stage.pid), time.monotonic() + 120
    while time.monotonic() < deadline:
        if any(folder.glob("[!.]*")) if when == "draws" else any("libtorch" in m.path for m in process.memory_maps()):
            break
        time.sleep(0.01)
    stage.send_signal(number)
    assert stage.wait(timeout=60) == 128 + number
    assert stage.communicate()[0] == f"interrupted by {number.name}; rerun the same command to resume\n"
    assert not list(folder.glob(".*.part.*"))


def test_any_locale_will_do(unchanged: Copy) -> None:
    compare = ("dvc", "repro", "--force", "--single-item", "compare")
    output = unchanged.done("env", "LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0", *compare)
    assert "\\xb1" in output or "\\xe9" in output  # ± and é
    assert unchanged.done("git", "status", "--porcelain") == ""


def test_an_unknown_variant_names_the_known_ones(copy: Copy) -> None:
    message = error(copy, sys.executable, "-m", "stages.train", "lineal")
    assert "lineal" in message
    assert "denoising_vae, linear, pca" in message
