"""`make verify` finds flipped bits, which DVC does not notice, and its advice restores the files."""

import os
import re
from pathlib import Path

import pytest
from small_pipeline import Small

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


def cache_entry(small: Small, name: str) -> Path:
    """Return the entry of a file, or of a folder's listing, in DVC's cache."""
    md5 = re.search(rf"- path: {name}\n      hash: md5\n      md5: (\S+)", small.lock())
    assert md5 is not None
    return small.path / ".dvc/cache/files/md5" / md5[1][:2] / md5[1][2:]


def test_flipped_bits_are_found_and_the_advice_restores_the_files(small: Small) -> None:
    advice = {
        small.path / "plots/pictures/linear/x.png": "dvc checkout plots/pictures/linear/x.png",
        small.path / "metrics/test_mse.json": "git checkout metrics/test_mse.json",
        cache_entry(small, "models/denoising.safetensors"): "dvc commit --force train@denoising",
        cache_entry(small, "data/prepared/images"): "dvc commit --force preprocess-noise",  # the listing of a folder
    }
    for path in (small.path / "models/linear.safetensors", cache_entry(small, "models/linear.safetensors")):
        advice[path] = "dvc repro --force --single-item train@linear"
    intact = {path: path.read_bytes() for path in advice}
    for path in advice:
        flip(path)
    damaged = small.call(verify.main)
    assert damaged.returncode == 1
    *problems, summary = damaged.stdout.splitlines()
    assert summary.endswith(": 5 damaged")
    for path, command in advice.items():
        (problem,) = [line for line in problems if path.relative_to(small.path).as_posix() in line]
        assert f"`{command}`" in problem
        if "delete" in problem:
            path.unlink()
    for command in dict.fromkeys(advice.values()):
        small.done(*command.split())
    assert {path: path.read_bytes() for path in advice} == intact
    assert small.ran() == {"train@linear"}
    assert small.call(verify.main).stdout.splitlines()[-1].endswith(": 0 damaged")
