"""A flipped bit, which DVC itself does not notice, is found by `make verify` and mended as that says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import Copy

from hourglass.runner import verify

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(copy_of_its_own: Copy) -> Copy:
    return copy_of_its_own


def _flip(path: Path) -> None:
    """One bit in the middle of a file, which keeps size, time and rights."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _verify(copy: Copy) -> subprocess.CompletedProcess[str]:
    return copy.call(verify.main)


def _object(copy: Copy, name: str) -> Path:
    """DVC's copy of a file, or its list of a folder."""
    md5 = re.search(rf"- path: {name}\n      hash: md5\n      md5: (\S+)", (copy.path / "dvc.lock").read_text())
    assert md5 is not None
    return copy.path / ".dvc/cache/files/md5" / md5[1][:2] / md5[1][2:]


FLIPPED = {
    "prepared data": ("data/prepared/images/train.safetensors", False, "dvc checkout"),
    "a model": ("models/pca.safetensors", False, "dvc checkout"),
    "DVC's copy of a model": ("models/pca.safetensors", True, "install -m 444"),
    "DVC's list of a folder": ("data/prepared/images", True, "dvc commit --force preprocess-noise"),
    "figures": ("metrics/classifier.json", False, "git checkout"),
}


@pytest.mark.parametrize(("name", "in_cache", "mends"), FLIPPED.values(), ids=FLIPPED)
def test_a_flipped_bit_is_found_and_what_is_said_mends_it(
    unchanged: Copy, name: str, in_cache: bool, mends: str
) -> None:
    file = _object(unchanged, name) if in_cache else unchanged.path / name
    whole = file.read_bytes()
    _flip(file)
    found = _verify(unchanged)
    assert found.returncode == 1
    problem, summary = found.stdout.splitlines()
    assert file.relative_to(unchanged.path).as_posix() in problem
    assert summary.endswith(": 1 damaged")
    if "delete it" in problem:
        file.unlink()
    command = re.findall("`([^`]+)`", problem)[0]
    assert command.startswith(mends)
    unchanged.done(*command.split())
    assert file.read_bytes() == whole
    mended = _verify(unchanged)
    assert (mended.returncode, mended.stdout.splitlines()[-1].endswith(": 0 damaged")) == (0, True)


def test_a_model_damaged_in_both_places_is_trained_anew(unchanged: Copy) -> None:
    model, copied = unchanged.path / "models/pca.safetensors", _object(unchanged, "models/pca.safetensors")
    whole = model.read_bytes()
    shutil.copy2(copied, model)
    for file in (model, copied):
        _flip(file)
    command = ("env", "PYTHONPATH=src", sys.executable, "-m", "hourglass.runner.verify")
    problem = unchanged.run(*command).stdout.splitlines()[0]
    assert problem.endswith("delete that and run `dvc repro --force --single-item train@pca`")
    for file in (model, copied):
        file.unlink()
    unchanged.done("dvc", "repro", "--force", "--single-item", "train@pca")
    assert model.read_bytes() == copied.read_bytes() == whole
    assert _verify(unchanged).returncode == 0
