"""`make ci-repro` in clones of a small pipeline: what runs, what is said, and that git's files stay."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_pipeline import Clone

Cloned = Callable[..., Clone]


def rate(params: dict[str, Any]) -> None:
    params["variants"]["linear"]["train"]["learning_rate"] = 0.25


def noise(params: dict[str, Any]) -> None:
    params["noise"]["sigma"] = 0.45


def change(clone: Clone, what: str) -> None:
    """Make a change and commit it."""
    match what:
        case "learning rate":
            clone.edit(rate)
        case "noise":
            clone.edit(noise)
        case "README" | "page template":
            file = clone.path / {"README": "README.md", "page template": "template.html"}[what]
            file.write_text(file.read_text() + "More.\n")
        case "nothing":
            return
    clone.commit(what)


OF_ALL = {f"{stage}@{name}" for stage in ("evaluate", "pictures") for name in ("linear", "denoising")} | {"compare"}
CONCERNED: dict[str, set[str]] = {
    "nothing": set(),
    "README": set(),
    "learning rate": {"settings", "train@linear", "evaluate@linear", "pictures@linear", "compare"},
    "noise": {"settings", "preprocess-noise", "train@denoising"} | OF_ALL,
    "page template": {"compare"},
}
WHY = {
    "nothing": "**No stage had to run**: all 10 are up to date.",
    "README": "**No stage had to run**: all 10 are up to date.",
    "learning rate": "`settings/train/linear.json`: train.learning_rate 0.001 → 0.25 |",
    "noise": "`settings/preprocess-noise.json`: sigma 0.3 → 0.45 |",
    "page template": "| `template.html` |",
}


# one of a kind where others would run the same stages once more
RESTORED = [("empty", "full", what) for what in CONCERNED]
RESTORED += [("warm", "none", what) for what in CONCERNED if what != "noise"]
RESTORED += [("warm", "full", what) for what in ("nothing", "page template")]


@pytest.mark.parametrize(("cache", "remote", "what"), RESTORED)
def test_just_what_a_change_concerns_runs(cloned: Cloned, cache: str, remote: str, what: str) -> None:
    clone = cloned(cache, remote)
    change(clone, what)
    result = clone.ci(minutes="60")
    assert result.returncode == 0, result.stdout
    assert clone.ran() == sorted(CONCERNED[what])
    assert clone.deleted() == ""
    assert WHY[what] in clone.report()
    assert ("`dvc.lock`" in clone.report()) == bool(CONCERNED[what])
    assert clone.stale() == set()


@pytest.mark.parametrize("what", ["nothing", "README"])
def test_what_nothing_needs_may_be_missing(cloned: Cloned, what: str) -> None:
    clone = cloned()
    change(clone, what)
    result = clone.ci("main", minutes="0")
    assert result.returncode == 0, result.stdout
    assert (clone.ran(), clone.deleted()) == ([], "")
    assert (
        "10 results are neither in DVC's cache nor in a remote; nothing that this change concerns needs"
        in result.stdout
    )
    assert clone.done("git", "status", "--porcelain") == ""


@pytest.mark.parametrize("what", ["learning rate", "noise", "page template"])
def test_without_the_results_that_a_change_needs_nothing_is_trained(cloned: Cloned, what: str) -> None:
    clone = cloned()
    change(clone, what)
    result = clone.ci(minutes="0.1")
    assert result.returncode == 1
    assert clone.ran() == sorted({"settings"} & CONCERNED[what])
    assert clone.deleted() == ""
    *_, last = result.stdout.strip().splitlines()
    assert last.startswith("error: this change needs ")
    for word in (
        "data/raw",
        "neither in DVC's cache here nor in a remote",
        "minutes here, more than the 0.1 of CI_MINUTES",
    ):
        assert word in last
    assert last.endswith(
        "name a remote that has it (`dvc remote add`), raise CI_MINUTES, or run `make repro` where there is time, "
        "then `dvc push --run-cache`, and commit dvc.lock"
    )
    assert f"**Stopped:** {last.removeprefix('error: ')}." in clone.report()


def test_a_change_is_held_against_base_and_pushed(cloned: Cloned, origin: Clone, tmp_path: Path) -> None:
    clone = cloned(remote="full")
    clone.environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    change(clone, "learning rate")
    old = clone.json("metrics/compare/linear.json")["mse"]
    clone.ci("main", minutes="60")
    new = clone.json("metrics/compare/linear.json")["mse"]
    report = clone.report()
    assert f"| linear | mse | {old:.5g} | {new:.5g} | {new - old:+.4g} |" in report
    assert "| `variants.linear.train.learning_rate` | 0.001 | 0.25 |" in report
    for name in ("plots/pictures/linear/map", "plots/compare/overview"):
        assert f"- `{name}.png`\n" in report
        before, after = (clone.path / f"ci-report/pictures/{name}.{which}.png" for which in ("base", "new"))
        assert before.read_bytes() != after.read_bytes() == (clone.path / f"{name}.png").read_bytes()
        assert f'src="pictures/{name}.base.png"' in (clone.path / "ci-report/pictures.html").read_text()
    assert "pictures/denoising" not in report
    assert (tmp_path / "summary.md").read_text() == report
    assert clone.done("git", "status", "--porcelain", "ci-report") == ""
    # what was pushed and is then committed runs nowhere else
    assert "pushed to the remote 'store'." in report
    clone.commit("Results")
    other = Clone(tmp_path / "other")
    clone.done("git", "clone", "--quiet", ".", str(other.path))
    (other.path / ".dvc/config.local").write_text((clone.path / ".dvc/config.local").read_text())
    again = other.ci(minutes="0")
    assert (again.returncode, other.ran()) == (0, [])
    assert "neither" not in again.stdout
    for name in ("models/linear.safetensors", "plots/compare/index.html"):
        assert (other.path / name).read_bytes() == (clone.path / name).read_bytes()
        assert (other.path / name).read_bytes() != (origin.path / name).read_bytes()


def test_what_is_nowhere_is_made_anew_where_there_is_time(cloned: Cloned) -> None:
    clone = cloned()
    change(clone, "page template")
    result = clone.ci(minutes="600")
    assert result.returncode == 0, result.stdout
    made = {f"{stage}@{name}" for stage in ("train", "evaluate") for name in ("linear", "denoising")}
    assert clone.ran() == sorted(
        {"download", "preprocess-noise", "compare"} | made
    )  # and no picture: nothing needs one
    assert "others need `data/raw`, which is nowhere to be had |" in clone.report()
    assert clone.done("git", "diff", "--name-only").split() == ["dvc.lock"]


def test_what_follows_from_a_stage_that_leaves_the_same_is_made_where_it_is_needed(cloned: Cloned) -> None:
    clone = cloned()
    file = clone.path / "dvc.yaml"
    file.write_text(file.read_text().replace("stages.py download", "stages.py 'download'"))
    change(clone, "page template")
    result = clone.ci(minutes="600")
    assert result.returncode == 0, result.stdout
    made = {f"{stage}@{name}" for stage in ("train", "evaluate") for name in ("linear", "denoising")}
    assert clone.ran() == sorted({"download", "preprocess-noise", "compare"} | made)


def kept(clone: Clone) -> dict[str, bytes]:
    """What only DVC keeps."""
    places = (path for folder in ("data", "models", "plots") for path in (clone.path / folder).rglob("*"))
    return {str(path): path.read_bytes() for path in places if path.is_file()}


def test_without_records_nothing_that_is_here_goes(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.checkout()
    (clone.path / "dvc.lock").unlink()
    before = kept(clone)
    result = clone.ci(minutes="0")
    assert result.returncode == 1
    assert "more than the 0 of CI_MINUTES" in result.stdout
    assert kept(clone) == before


def test_records_of_results_that_were_never_pushed_take_nothing_along(cloned: Cloned) -> None:
    """As with a colleague's dvc.lock, pulled with git."""
    clone = cloned("warm")
    clone.checkout()
    lock = clone.path / "dvc.lock"
    for stage, path in (("train@linear", "models/linear.safetensors"), ("download", "data/raw")):
        md5 = clone.lock(stage)[path]
        lock.write_text(lock.read_text().replace(md5, "f" * 32 + md5[32:]))
    clone.commit("Of a colleague")
    before = kept(clone)
    result = clone.ci(minutes="0")
    assert result.returncode == 0, result.stdout
    assert kept(clone) == before
    assert clone.ran() == []
    assert "2 results are neither in DVC's cache nor in a remote; nothing that this change concerns" in clone.report()


def test_what_comes_out_otherwise_elsewhere_takes_along_what_follows(cloned: Cloned) -> None:
    clone = cloned()
    change(clone, "page template")
    clone.environment["PROCESSOR"] = "another"  # the same training, other last digits
    assert clone.ci(minutes="600").returncode == 0
    assert {"pictures@linear", "pictures@denoising"} < set(clone.ran())
    assert clone.stale() == set()


def test_a_stage_that_fails_is_said_and_takes_no_file_along(cloned: Cloned) -> None:
    clone = cloned("warm")
    change(clone, "learning rate")
    (clone.path / ".git/broken").write_text("evaluate")
    result = clone.ci(minutes="60")
    assert result.returncode == 1
    assert result.stdout.strip().endswith("error: evaluate@linear failed")
    assert clone.deleted() == ""
    report = clone.report()
    assert "**Stopped:** evaluate@linear failed." in report
    assert "| evaluate@linear | FAILED |" in report
    assert "| compare | not started |" in report
    assert "Nothing was pushed, as not all ran." in report
    (clone.path / ".git/broken").unlink()
    assert clone.ci(minutes="60").returncode == 0
    assert clone.ran().count("train@linear") == 1


def test_a_stage_that_fails_half_way_leaves_what_was_not_committed_either(cloned: Cloned) -> None:
    clone = cloned("warm")
    change(clone, "learning rate")
    (clone.path / ".git/half").write_text("evaluate")
    mine, other = (clone.path / f"metrics/{name}" for name in ("evaluate/linear.json", "compare/linear.json"))
    other.write_text('{"mse": 0.5}')
    before = mine.read_text()
    assert clone.ci(minutes="60").returncode == 1
    assert (mine.read_text(), other.read_text()) == (before, '{"mse": 0.5}')


def test_a_report_that_cannot_be_whole_says_so_and_what_stopped_the_run(
    cloned: Cloned, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = cloned("warm")
    change(clone, "learning rate")
    (clone.path / ".git/broken").write_text("evaluate")
    monkeypatch.setattr("hourglass.ci.__main__.differences", lambda *_: 1 / 0)
    result = clone.ci(minutes="60")
    assert result.returncode == 1
    assert result.stdout.strip().endswith("error: evaluate@linear failed")
    assert "**Stopped:** evaluate@linear failed." in clone.report()
    assert "**This report is not whole:** division by zero." in clone.report()
    assert "| evaluate@linear | FAILED |" in clone.report()


def test_what_has_the_name_of_the_report_is_left(cloned: Cloned) -> None:
    clone = cloned("warm")
    (clone.path / "ci-report").write_text("mine")
    result = clone.ci(minutes="60")
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 1)
    assert result.stdout.startswith("error: ci-report is to be a folder")
    assert (clone.path / "ci-report").read_text() == "mine"


@pytest.mark.parametrize(
    ("cache", "what", "said"),
    [
        ("empty", "README", "the remote 'store' did not give everything ("),
        ("warm", "page template", "**Nothing, or not all, was pushed** to the remote 'store': "),
    ],
)
def test_a_remote_that_gives_or_takes_nothing_is_said(
    cloned: Cloned, tmp_path: Path, cache: str, what: str, said: str
) -> None:
    """As in a pull request from a fork, which has no rights to a remote."""
    (tmp_path / "remote").write_text("no folder")
    clone = cloned(cache, "closed")
    change(clone, what)
    result = clone.ci(minutes="60")
    assert result.returncode == 0, result.stdout
    assert clone.ran() == sorted(CONCERNED[what])
    assert said in clone.report()


def test_a_remote_that_lacks_something_is_no_reason_to_run(cloned: Cloned, tmp_path: Path) -> None:
    clone = cloned(remote="full")
    model = clone.lock("train@linear")["models/linear.safetensors"]
    (tmp_path / f"remote/files/md5/{model[:2]}/{model[2:]}").unlink()
    result = clone.ci(minutes="0")
    assert (result.returncode, clone.ran()) == (0, [])
    assert (
        "1 result is neither in DVC's cache nor in a remote; nothing that this change concerns needs it"
        in result.stdout
    )
    change(clone, "page template")
    assert clone.ci(minutes="60").returncode == 0
    assert clone.ran() == ["compare"]  # which needs what was measured of that model, not the model


@pytest.mark.parametrize(
    ("base", "minutes", "said"),
    [
        ("nowhere", "60", "error: BASE is 'nowhere', which is no commit here; name a branch, a tag or a commit"),
        ("--output=/x", "60", "error: BASE is '--output=/x', which is no commit here"),
        ("main", "soon", "error: CI_MINUTES is 'soon', but a number of minutes is wanted, such as 30"),
        ("main", "-1", "error: CI_MINUTES is '-1', but a number of minutes is wanted"),
        ("main", "nan", "error: CI_MINUTES is 'nan', but a number of minutes is wanted"),
    ],
)
def test_what_is_no_base_or_limit_is_one_sentence(cloned: Cloned, base: str, minutes: str, said: str) -> None:
    result = cloned().ci("--", base, minutes=minutes)
    assert result.returncode == 1
    assert result.stdout.startswith(said)
    assert len(result.stdout.splitlines()) == 1


def test_settings_that_are_not_valid_are_refused_in_our_words(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.edit(lambda params: params["variants"]["linear"].pop("corruption"))  # DVC cannot read its graph then
    result = clone.run(sys.executable, "-m", "hourglass.ci")
    assert (result.returncode, clone.ran(), clone.deleted()) == (1, [], "")
    assert result.stdout.startswith("error: params.yaml: variants.linear.corruption is missing")


def test_without_stages_nothing_is_up_to_date(cloned: Cloned) -> None:
    clone = cloned("warm")
    clone.checkout()
    (clone.path / "dvc.yaml").write_text("")
    before = kept(clone)
    result = clone.ci(minutes="0")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("error: dvc.yaml holds no stages")
    assert kept(clone) == before
