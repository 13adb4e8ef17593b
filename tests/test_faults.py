"""Faults that real stages meet in a copy of this repository: each is one sentence, and nothing is lost."""

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


@pytest.fixture(scope="module")
def copy(copy_of_its_own: Copy) -> Copy:
    return copy_of_its_own


# what a stage reads, and the stage that leaves it
READ = {
    "compare": {
        "settings/compare.json": "settings",
        "plots/train/linear/history.csv": "train@linear",
        "metrics/evaluate/linear.json": "evaluate@linear",
        "data/evaluation/linear.safetensors": "evaluate@linear",
        "metrics/latent-analysis/linear.json": "latent-analysis@linear",
        "data/latent/linear.safetensors": "latent-analysis@linear",
        "metrics/baselines.json": "baselines",
        "data/prepared/images/test.safetensors": "preprocess-noise",
        "data/prepared/inputs/occlusion/test.safetensors": "preprocess-noise",
    },
    "pictures linear": {
        "settings/pictures.json": "settings",
        "data/snapshots/linear.zip": "train@linear",
        "data/evaluation/linear.safetensors": "evaluate@linear",
        "metrics/latent-analysis/linear.json": "latent-analysis@linear",
        "data/latent/linear.safetensors": "latent-analysis@linear",
    },
    "evaluate linear": {
        "models/linear.safetensors": "train@linear",
        "data/snapshots/linear.zip": "train@linear",
        "data/classifier.safetensors": "classifier",
    },
    "latent_analysis linear": {
        "models/linear.safetensors": "train@linear",
        "data/classifier.safetensors": "classifier",
        "data/prepared/inputs/none/test.safetensors": "preprocess-noise",
    },
    "baselines": {"data/classifier.safetensors": "classifier"},
    "classifier": {"data/prepared/images/train.safetensors": "preprocess-noise"},
    "sgd_variants": {"data/prepared/images/train.safetensors": "preprocess-noise"},
    "sgd_pictures": {"metrics/sgd-variants.json": "sgd-variants", "plots/sgd-variants/updates.csv": "sgd-variants"},
    "readme": {"metrics/compare.md": "compare", "metrics/compare.json": "compare"},
    "register": {"metrics/compare.json": "compare"},
}


@pytest.mark.parametrize(("stage", "name", "made"), [(s, n, m) for s, read in READ.items() for n, m in read.items()])
@pytest.mark.parametrize("left", ["nothing", "half", "something else", "no file"])
def test_a_damaged_file_is_named_with_the_command_that_makes_it_anew(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, stage: str, name: str, made: str, left: str
) -> None:
    monkeypatch.chdir(copy.path)
    file, (module, *arguments) = Path(name), stage.split()
    content = file.read_bytes()
    file.rename(f"{name}.aside")
    if left != "no file":
        half = content[: len(content) // 2 + 1].rstrip(b"\n")
        file.write_bytes({"nothing": b"", "half": half, "something else": b"\x89PNG\r\n"}[left])
    try:
        with pytest.raises(UserError) as caught:
            importlib.import_module(f"stages.{module}").main(*arguments)
    finally:
        Path(f"{name}.aside").replace(file)
    sentence = str(caught.value)
    assert name in sentence
    assert f"`dvc repro {made}`" in sentence
    assert len(sentence.splitlines()) == 1


def says(copy: Copy, *command: str) -> str:
    """The one line of a command that fails."""
    result = copy.run(*command)
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 1), result.stdout
    return result.stdout


SGD_PICTURES = (sys.executable, "-m", "stages.sgd_pictures")


def test_a_full_disk_is_one_sentence_and_the_old_picture_stays(unchanged: Copy) -> None:
    folder = unchanged.path / "plots/sgd-variants"
    (folder / ".losses.part.png").symlink_to("/dev/full")
    before = (folder / "losses.png").read_bytes()
    assert says(unchanged, *SGD_PICTURES) == (
        "error: plots/sgd-variants/losses.png: No space left on device; make room and give the same command again, "
        "what had finished is kept\n"
    )
    assert (folder / "losses.png").read_bytes() == before
    assert not (folder / ".losses.part.png").is_symlink()


def test_a_file_larger_than_allowed_is_one_sentence(unchanged: Copy) -> None:
    limited = f"ulimit -f 8; exec {sys.executable} -m stages.sgd_pictures"
    said = says(unchanged, "bash", "-c", limited)
    assert said == "error: plots/sgd-variants/losses.png: File too large\n"
    assert unchanged.done("git", "status", "--porcelain") == ""


def test_a_folder_that_may_not_be_written_to_is_named(unchanged: Copy) -> None:
    folder = unchanged.path / "plots/sgd-variants"
    # root may write anywhere, unless it is forbidden to
    nobody = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
    folder.chmod(0o555)
    try:
        said = says(unchanged, *nobody, *SGD_PICTURES)
    finally:
        folder.chmod(0o755)
    assert said == (
        "error: plots/sgd-variants/losses.png: Permission denied; this user needs the right to write to "
        "plots/sgd-variants/losses.png and to its folder plots/sgd-variants\n"
    )


def test_what_a_killed_process_left_half_written_is_no_result(unchanged: Copy) -> None:
    for name in (
        "metrics/evaluate/.linear.part.json",
        "plots/pictures/linear/.map.part.png",
        "models/.pca.part.safetensors",
    ):
        (unchanged.path / name).write_text("hal")
    assert "up to date" in unchanged.done("dvc", "status", "dvc.yaml")
    assert unchanged.done("git", "status", "--porcelain") == ""
    for name in (
        "metrics/evaluate/.linear.part.json",
        "plots/pictures/linear/.map.part.png",
        "models/.pca.part.safetensors",
    ):
        (unchanged.path / name).unlink()  # git leaves alone what it ignores


def _ended_by(number: signal.Signals, copy: Copy, when: str) -> tuple[int, str]:
    """Status and words of a stage that is sent a signal while it imports its libraries, or while it draws."""
    first = copy.path / "plots/pictures/linear/best-and-worst.png"
    first.unlink()
    stage = subprocess.Popen(
        [sys.executable, "-m", "stages.pictures", "linear"],
        cwd=copy.path,
        env=copy.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  as at a terminal
    )
    process, deadline = psutil.Process(stage.pid), time.monotonic() + 60
    while time.monotonic() < deadline:
        if first.exists() if when == "drawing" else any("libtorch" in file.path for file in process.memory_maps()):
            break
        time.sleep(0.01)
    stage.send_signal(number)
    return stage.wait(timeout=60), stage.communicate()[0]


@pytest.mark.parametrize("when", ["importing", "drawing"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_ends_a_stage_in_one_sentence(
    unchanged: Copy, number: signal.Signals, when: str
) -> None:
    status, said = _ended_by(number, unchanged, when)
    assert status == 128 + number
    assert said == f"ended by {number.name}; nothing half-written is left, the same command goes on from here\n"
    assert not list((unchanged.path / "plots").rglob(".*.part.*"))


def test_a_locale_without_the_letters_of_the_findings_is_no_obstacle(unchanged: Copy) -> None:
    compare = ("dvc", "repro", "--force", "--single-item", "compare")
    said = unchanged.done("env", "LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0", *compare)
    assert "| Fr\\xe9chet distance |" in said
    assert unchanged.done("git", "status", "--porcelain") == ""


@pytest.mark.parametrize("folder", ["data", "models", "plots"])
def test_results_behind_a_symbolic_link_are_refused_before_any_work(unchanged: Copy, folder: str) -> None:
    there, elsewhere = unchanged.path / folder, unchanged.path.parent / f"elsewhere {folder}"
    there.rename(elsewhere)
    there.symlink_to(elsewhere)
    commands = [("env", "PYTHONPATH=src", sys.executable, "-m", "hourglass.runner")]
    if folder == "data":
        commands.append((sys.executable, "-m", "stages.classifier"))
    try:
        said = {says(unchanged, *command) for command in commands}
    finally:
        there.unlink()
        elsewhere.rename(there)
    (sentence,) = said
    assert sentence.startswith(f"error: {folder} is a symbolic link, but DVC keeps no results outside the repository; ")
