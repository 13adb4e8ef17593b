"""`hourglass.runner.restore`: the last results on a data set, in a copy for a new run."""

import shutil
from pathlib import Path

import pytest
from small_pipeline import Small

from hourglass.runner import restore

pytestmark = pytest.mark.slow


def test_last_results_come_from_the_remote_of_the_original(small: Small, new_small: Small, tmp_path: Path) -> None:
    last = small.path / "results/fashion_mnist"
    for name in ("settings", "metrics", "plots/compare"):
        shutil.copytree(small.path / name, last / name)
    shutil.copy(small.path / "dvc.lock", last)
    small.add_remote("../../remote")
    (small.path / ".dvc/cache").rename(tmp_path / "remote")

    copy = Small(shutil.copytree(new_small.path, tmp_path / "elsewhere/copy"))
    result = copy.call(lambda: restore.main(small.path))
    assert result.stdout.endswith("outputs restored from DVC's cache and the remote, as far as they have them\n")
    for name in ("models/linear.safetensors", "plots/pictures/denoising/x.png", "metrics/compare.json"):
        assert (copy.path / name).read_bytes() == (small.path / name).read_bytes()
    assert copy.stale() == {"sweep-pictures", "compare"}  # have outputs in git
