"""What a change is held against, where nobody says it."""

from collections.abc import Callable

import pytest
from small_pipeline import Clone

from hourglass.ci.base import Base
from hourglass.errors import UserError

Cloned = Callable[..., Clone]


@pytest.fixture
def clone(cloned: Cloned, monkeypatch: pytest.MonkeyPatch) -> Clone:
    made = cloned()
    monkeypatch.chdir(made.path)
    return made


def head(clone: Clone, revision: str = "HEAD") -> str:
    return clone.done("git", "rev-parse", revision).strip()


def test_a_pull_request_is_held_against_the_branch_that_it_is_for(clone: Clone) -> None:
    main = head(clone)
    (clone.path / "README.md").write_text("Other.\n")
    clone.commit("README")
    clone.done("git", "branch", "--delete", "--force", "main")  # as in a job, which has the remote's alone
    base = Base.of(None, {"GITHUB_BASE_REF": "main"})
    assert base.commit == main
    assert str(base) == f"main, for which the pull request is ({main[:7]})"
    assert base.changed() == ["README.md"]
    assert base.read("README.md") == b"Read me.\n"
    assert base.read("none.md") is None


def test_a_branch_is_held_against_what_it_has_in_common_with_main(clone: Clone) -> None:
    main = head(clone)
    (clone.path / "README.md").write_text("Other.\n")
    clone.commit("README")
    clone.done("git", "checkout", "--quiet", "main")
    (clone.path / "template.html").write_text("Other.\n")
    clone.commit("template")
    clone.done("git", "checkout", "--quiet", "change")
    assert Base.of("main", {}).commit == Base.of(None, {}).commit == main
    assert Base.of("main", {}).changed() == ["README.md"]


def test_main_is_held_against_the_commit_before(clone: Clone) -> None:
    before = head(clone)
    (clone.path / "README.md").write_text("Other.\n")
    clone.commit("README")
    clone.done("git", "update-ref", "refs/remotes/origin/main", "HEAD")
    clone.done("git", "branch", "--force", "main", "HEAD")
    assert (Base.of(None, {}).name, Base.of(None, {}).commit) == ("HEAD~1", before)


def test_without_any_commit_there_is_one_sentence(clone: Clone) -> None:
    clone.done("git", "checkout", "--quiet", "--orphan", "empty")
    clone.done("git", "update-ref", "-d", "refs/remotes/origin/main")
    clone.done("git", "branch", "--delete", "--force", "main")
    with pytest.raises(UserError, match="there is no commit yet"):
        Base.of(None, {})
