"""`make verify` finds a flipped bit, which DVC does not notice, and its advice restores the file."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from repository import Copy

from hourglass.runner import verify

pytestmark = pytest.mark.slow


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file; keep its size, times and mode."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def check(copy: Copy) -> subprocess.CompletedProcess[str]:
    return copy.call(verify.main)


def cache_entry(copy: Copy, name: str) -> Path:
    """Return the entry of a file, or of a folder's listing, in DVC's cache."""
    md5 = re.search(rf"- path: {name}\n      hash: md5\n      md5: (\S+)", (copy.path / "dvc.lock").read_text())
    assert md5 is not None
    return copy.path / ".dvc/cache/files/md5" / md5[1][:2] / md5[1][2:]


@pytest.mark.parametrize(
    ("name", "in_cache", "advice"),
    [
        ("data/prepared/images/train.safetensors", False, "dvc checkout"),
        ("models/pca.safetensors", True, "dvc commit --force train@pca"),
        ("data/prepared/images", True, "dvc commit --force preprocess-noise"),
        ("metrics/test_mse.json", False, "git checkout"),
    ],
    ids=["file of a folder", "model in the cache", "listing in the cache", "file in git"],
)
def test_a_flipped_bit_is_found_and_the_advice_restores_the_file(
    unchanged: Copy, name: str, in_cache: bool, advice: str
) -> None:
    file = cache_entry(unchanged, name) if in_cache else unchanged.path / name
    intact = file.read_bytes()
    flip(file)
    damaged = check(unchanged)
    assert damaged.returncode == 1
    problem, summary = damaged.stdout.splitlines()
    assert file.relative_to(unchanged.path).as_posix() in problem
    assert summary.endswith(": 1 damaged")
    if "delete it" in problem:
        file.unlink()
    command = re.findall("`([^`]+)`", problem)[0]
    assert command.startswith(advice)
    unchanged.done(*command.split())
    assert file.read_bytes() == intact
    assert check(unchanged).stdout.splitlines()[-1].endswith(": 0 damaged")


def test_a_model_damaged_here_and_in_the_cache_is_retrained(unchanged: Copy) -> None:
    model, entry = unchanged.path / "models/pca.safetensors", cache_entry(unchanged, "models/pca.safetensors")
    intact = model.read_bytes()
    shutil.copy2(entry, model)
    for file in (model, entry):
        flip(file)
    problem = check(unchanged).stdout.splitlines()[0]
    assert problem.startswith("models/pca.safetensors is damaged")
    assert "`dvc repro --force --single-item train@pca`" in problem
    for file in (model, entry):
        file.unlink()
    unchanged.done("dvc", "repro", "--force", "--single-item", "train@pca")
    assert model.read_bytes() == entry.read_bytes() == intact
    assert check(unchanged).returncode == 0
