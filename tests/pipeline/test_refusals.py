"""What DVC refuses, for real and on a small scale: one sentence each, with what to do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from small_graph import Small

from hourglass.runner import __main__ as pipeline

pytestmark = pytest.mark.slow


def conflict(path: Path) -> None:
    """Leave a merge conflict in a file."""
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["<<<<<<< HEAD\n", first, "=======\n", first.upper(), ">>>>>>> other\n", *rest]))


def stale(path: Path) -> None:
    (path / "source").write_text("9\n")


REFUSED: dict[str, tuple[Callable[[Path], object], tuple[str, ...], str]] = {
    "no such stage": (stale, ("tarin",), "'tarin' is no stage of dvc.yaml; it has prepare, train, compare"),
    "no stages at a time": (stale, ("--jobs", "0"), "JOBS is 0, but at least one stage has to run at a time"),
    "bad graph": (
        lambda path: (path / "dvc.yaml").write_text("stages: 3\n"),
        (),
        "'./dvc.yaml' validation failed. expected a dictionary, in stages; `git diff dvc.yaml` shows what has",
    ),
    "graph in conflict": (
        lambda path: conflict(path / "dvc.yaml"),
        (),
        "'./dvc.yaml' is invalid (possible merge conflicts). ",
    ),
    "empty graph": (
        lambda path: (path / "dvc.yaml").write_text(""),
        (),
        "dvc.yaml holds no stages; `git checkout dvc.yaml` takes the committed one",
    ),
    "no graph": (
        lambda path: (path / "dvc.yaml").unlink(),
        (),
        "dvc.yaml holds no stages; `git checkout dvc.yaml` takes the committed one",
    ),
    "bad settings": (
        lambda path: (os.remove(path / "data"), (path / "params.yaml").write_text("seed: one\n")),
        (),
        "params.yaml: seed is 'one', but input should be a valid integer",
    ),
    "list of files in use cut off": (
        lambda path: (path / ".dvc/tmp/rwlock").write_text(""),
        (),
        "Unable to read RWLock-file '.dvc/tmp/rwlock'. JSON structure is corrupted: Expecting value: line 1 column 1 "
        "(char 0); once no DVC process runs here, delete that file",
    ),
    "results elsewhere": (
        lambda path: (path / "models").symlink_to(path.parent),
        (),
        "models is a symbolic link, but DVC keeps no results outside the repository; make it a folder again",
    ),
}


@pytest.mark.parametrize(("spoil", "arguments", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_one_sentence(
    small: Small, spoil: Callable[[Path], object], arguments: tuple[str, ...], sentence: str
) -> None:
    spoil(small.path)
    result = small.call(pipeline.main, *arguments)
    assert result.returncode == 1
    assert result.stdout.startswith(f"error: {sentence}"), result.stdout
    assert len(result.stdout.splitlines()) == 1 or sentence.startswith("params.yaml")


@pytest.mark.parametrize("damage", ["empty", "cut off", "text", "in conflict"])
def test_a_damaged_lock_file_is_deleted_and_made_anew_without_running_anything(small: Small, damage: str) -> None:
    lock = small.path / "dvc.lock"
    whole = lock.read_bytes()
    if damage == "in conflict":
        conflict(lock)
    else:
        lock.write_bytes({"empty": b"", "cut off": whole[: len(whole) // 2 + 1], "text": b"hello\n"}[damage])
    result = small.call(pipeline.main)
    if damage != "cut off":  # half of it may be a record of half of the stages, which DVC takes it for
        assert (result.returncode, len(result.stdout.splitlines())) == (1, 1), result.stdout
        assert result.stdout.startswith("error: './dvc.lock' ")
        assert result.stdout.endswith(
            "; delete it and give the same command again: what DVC's cache holds is not computed anew\n"
        )
        lock.unlink()
        (small.path / "started").unlink()
        small.pipeline()
        assert not (small.path / "started").exists()
    assert lock.read_bytes() == whole
