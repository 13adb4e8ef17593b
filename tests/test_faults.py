"""Damaged files and signals in real stages: one-line errors, and no result is lost."""

import importlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from repository import Copy

from hourglass.errors import UserError
from stages import train

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
        for damaged in (None, content[: len(content) // 2 + 1].rstrip(b"\n")):
            if damaged is not None:
                file.write_bytes(damaged)
            with pytest.raises(UserError) as caught:
                importlib.import_module(f"stages.{module}").main(*arguments)
            message = str(caught.value)
            assert name in message
            assert f"`dvc repro {writer}`" in message
            assert len(message.splitlines()) == 1
    finally:
        Path(f"{name}.aside").replace(file)


def test_partly_written_files_are_no_results(unchanged: Copy) -> None:
    names = ("data/evaluate/.linear.part.json", "plots/pictures/linear/.x.part.png", "models/.pca.part.safetensors")
    for name in names:
        (unchanged.path / name).write_text("hal")
    assert unchanged.stale() == set()
    assert unchanged.done("git", "status", "--porcelain") == ""


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


def test_an_unknown_variant_names_the_known_ones(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.path)
    with pytest.raises(UserError, match="unknown variant 'lineal'; known are denoising_vae, linear, pca"):
        train.main("lineal")
