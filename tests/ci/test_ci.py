"""`make ci-repro` in clones of the small pipeline: which stages run, and the report."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_pipeline import Small

from hourglass.ci.__main__ import main
from hourglass.ci.report import find_base
from hourglass.errors import UserError

pytestmark = pytest.mark.slow

LINEAR = {"settings", "compare", *(f"{stage}@linear" for stage in ("train", "evaluate", "latent-analysis", "pictures"))}
FEW = "0.1"  # minutes in which no variant can be trained by estimate
MANY = "600"
Clone = Callable[..., Small]


@pytest.fixture
def clone(finished_small: Small, tmp_path: Path) -> Clone:
    """`clone(cache=True, remote=False)`: a clone on a branch, with or without DVC's cache, and a remote with all."""

    def clone(*, cache: bool, remote: bool) -> Small:
        small = Small(tmp_path / "clone")
        finished_small.done("git", "clone", "--quiet", ".", str(small.path))
        small.done("git", "checkout", "--quiet", "-b", "change")
        if cache:
            shutil.copytree(finished_small.path / ".dvc/cache", small.path / ".dvc/cache")
        if remote:
            shutil.copytree(finished_small.path / ".dvc/cache", tmp_path / "remote")
            small.add_remote(str(tmp_path / "remote"))
        return small

    return clone


def ci(small: Small, *arguments: str, minutes: str = MANY) -> subprocess.CompletedProcess[str]:
    small.environment["CI_MINUTES"] = minutes
    return small.call(main, *arguments)


def report(small: Small) -> str:
    return (small.path / "ci-report/report.md").read_text(encoding="utf-8")


def learn_faster(params: dict[str, Any]) -> None:
    params["variants"]["linear"]["train"]["learning_rate"] = 0.25


def test_an_unaffected_repository_passes_without_cache_or_remote(clone: Clone) -> None:
    small = clone(cache=False, remote=False)
    (small.path / "README.md").write_text("More.\n")
    small.commit()
    result = ci(small, "main", minutes="0")
    assert result.returncode == 0, result.stdout
    assert small.ran() == set()
    assert "**No stage had to run.**" in report(small)
    assert report(small).count("\n\nNo change.\n") == 3  # metrics, settings, pictures
    assert small.done("git", "status", "--porcelain") == ""


def test_a_changed_setting_reruns_the_stages_that_use_it_and_is_reported(
    clone: Clone, finished_small: Small, tmp_path: Path
) -> None:
    small = clone(cache=False, remote=True)
    small.environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    small.edit(learn_faster)
    small.commit()
    old = small.json("metrics/test_mse.json")["linear"]
    result = ci(small, "main")
    assert result.returncode == 0, result.stdout
    assert small.ran() == LINEAR
    assert small.stale() == set()
    assert small.done("git", "ls-files", "--deleted") == ""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in report(small).splitlines()]
    new = small.json("metrics/test_mse.json")["linear"]
    (metric,) = [row for row in rows if row[:2] == ["metrics/test_mse.json", "linear"]]
    assert [float(cell) for cell in metric[2:4]] == pytest.approx([old, new], abs=1e-5)
    assert "variants.linear.train.learning_rate" in report(small)
    assert ["train@linear", "ran"] in [row[:2] for row in rows]
    (picture,) = [row for row in rows if row[0] == "`plots/compare/overview.png`"]
    assert picture[1].startswith("![before](pictures/")
    before, after = (small.path / "ci-report" / cell.partition("(")[2].rstrip(")") for cell in picture[1:])
    assert before.read_bytes() == (finished_small.path / "plots/compare/overview.png").read_bytes()
    assert after.read_bytes() == (small.path / "plots/compare/overview.png").read_bytes() != before.read_bytes()
    assert (tmp_path / "summary.md").read_text() == report(small)
    # once results are committed, nothing runs in another clone
    assert "pushed to the remote" in report(small)
    small.commit()
    other = Small(tmp_path / "other")
    small.done("git", "clone", "--quiet", ".", str(other.path))
    shutil.copy(small.path / ".dvc/config.local", other.path / ".dvc/config.local")
    assert (ci(other, minutes="0").returncode, other.ran()) == (0, set())
    for name in ("models/linear.safetensors", "plots/compare/index.html"):
        assert (other.path / name).read_bytes() == (small.path / name).read_bytes()
        assert (other.path / name).read_bytes() != (finished_small.path / name).read_bytes()


def test_without_the_outputs_that_a_change_needs_the_time_limit_is_kept(clone: Clone) -> None:
    small = clone(cache=False, remote=False)
    small.edit(learn_faster)
    result = ci(small, minutes=FEW)
    assert result.returncode == 1, result.stdout
    assert small.ran() == {"settings"}, result.stdout
    *_, last = result.stdout.strip().splitlines()
    assert last.startswith("error: ")
    assert "more than CI_MINUTES=0.1 (outputs of " in last
    assert "download, evaluate@denoising, " in last
    assert last.endswith("raise it, or run `make repro` and `dvc push --run-cache` elsewhere and commit dvc.lock")
    assert f"**Failed:** {last.removeprefix('error: ')}" in report(small)


def test_missing_outputs_are_recomputed_though_the_remote_is_unreachable(clone: Clone, tmp_path: Path) -> None:
    small = clone(cache=True, remote=True)
    shutil.rmtree(tmp_path / "remote")
    (tmp_path / "remote").write_text("not a folder")
    for output in yaml.safe_load(small.lock())["stages"]["evaluate@linear"]["outs"]:
        (small.path / ".dvc/cache/files/md5" / output["md5"][:2] / output["md5"][2:]).unlink()
    small.comment("compare")
    result = ci(small)
    assert result.returncode == 0, result.stdout
    assert small.ran() == {"evaluate@linear", "compare"}
    assert small.done("git", "diff", "--name-only").split() == ["dvc.lock", "stages/compare.py"]
    assert "not pushed: " in report(small)


def test_a_failed_stage_is_reported_and_nothing_is_pushed(clone: Clone) -> None:
    small = clone(cache=True, remote=False)
    small.comment("evaluate")
    small.control(fail=["evaluate@linear"])
    result = ci(small)
    assert result.returncode == 1
    assert "error: evaluate@linear failed" in result.stdout.splitlines()[-1]
    assert "**Failed:** evaluate@linear failed" in report(small)
    assert "| evaluate@linear | FAILED |" in report(small)
    assert "pushed" not in report(small)


def test_invalid_settings_base_and_limit_are_one_line_errors(clone: Clone) -> None:
    small = clone(cache=False, remote=False)
    cases = {
        ("nowhere", MANY): "error: no commit nowhere to compare with; set BASE to a revision",
        ("--output=/x", MANY): "error: no commit --output=/x to compare with",
        ("main", "soon"): "error: CI_MINUTES is 'soon'; must be a number of minutes",
        ("main", "-1"): "error: CI_MINUTES is '-1'; must be a number of minutes",
    }
    for (base, minutes), message in cases.items():
        result = ci(small, "--", base, minutes=minutes)
        assert (result.returncode, len(result.stdout.splitlines())) == (1, 1), result.stdout
        assert result.stdout.startswith(message)
    small.edit(lambda params: params["variants"]["linear"].pop("corruption"))  # DVC cannot resolve dvc.yaml then
    result = ci(small)
    assert result.stdout.startswith("error: params.yaml: variants.linear.corruption is missing")
    assert small.ran() == set()


def test_the_base_is_the_last_common_commit(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    small = clone(cache=False, remote=False)
    monkeypatch.chdir(small.path)

    def head() -> str:
        return small.done("git", "rev-parse", "HEAD").strip()

    main_commit = head()
    (small.path / "README.md").write_text("Other.\n")
    small.commit()
    assert find_base(None, None) == find_base("main", None) == find_base(None, "main") == main_commit
    small.done("git", "branch", "--delete", "--force", "main")  # a job's clone has the remote's branches only
    assert find_base(None, "main") == main_commit
    small.done("git", "update-ref", "refs/remotes/origin/main", "HEAD")
    assert find_base(None, None) == main_commit  # on main itself: the previous commit
    with pytest.raises(UserError, match="no commit nowhere to compare with"):
        find_base("nowhere", None)


def test_a_shallow_clone_and_no_repository_are_distinguished(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, small = clone(cache=False, remote=False), Small(tmp_path / "shallow")
    whole.done("git", "commit", "--quiet", "--allow-empty", "--message", "Second")
    whole.done("git", "clone", "--quiet", "--depth", "1", f"file://{whole.path}", str(small.path))
    whole.done("git", "-C", str(small.path), "remote", "remove", "origin")
    monkeypatch.chdir(small.path)
    with pytest.raises(UserError, match="a shallow clone lacks most: `git fetch --unshallow`"):
        find_base(None, None)
    shutil.rmtree(small.path / ".git")
    with pytest.raises(UserError, match="git cannot read this repository: fatal: not a git repository"):
        find_base(None, None)
