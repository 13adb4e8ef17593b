"""What a change is held against: a commit, and files as they were there."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from hourglass.errors import UserError

TARGET = "GITHUB_BASE_REF"  # of a pull request, as GitHub names it
MAIN = ("origin/main", "main")


@dataclass(frozen=True)
class Base:
    """name: as it was asked for, or why it was taken. commit: the last one that it and this folder have in common."""

    name: str
    commit: str

    @classmethod
    def of(cls, asked: str | None, environment: Mapping[str, str] = os.environ) -> "Base":
        """asked: a revision; else the branch that a pull request is for, the main branch, or the commit before.

        Raises UserError where there is no such commit.
        """
        if asked:
            return cls(asked, _common(asked))
        if target := environment.get(TARGET):
            return cls(f"{target}, for which the pull request is", _common(target))
        head = _commit("HEAD")
        for main in MAIN:
            if (tip := _commit(main)) is not None and tip != head:
                return cls(main, _common(main))
        if (before := _commit("HEAD~1")) is not None:
            return cls("HEAD~1", before)
        if head is None:
            raise UserError("there is no commit yet with which to compare; make one, or name a revision with BASE=...")
        return cls("HEAD, the first commit", head)

    def changed(self, *places: str) -> list[str]:
        """Files that git keeps, or would keep, and that are not as they were; all, or those in the given places."""
        return _differing(self.commit, *places)

    def read(self, path: str) -> bytes | None:
        """A file as it was there; None where it was not."""
        done = subprocess.run(["git", "show", f"{self.commit}:./{path}"], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def __str__(self) -> str:
        return f"{self.name} ({self.commit[:7]})"


def uncommitted(*places: str) -> list[str]:
    """Files that are not as they were committed, new ones among them; all, or those in the given places."""
    return _differing("HEAD", *places)


def _differing(commit: str, *places: str) -> list[str]:
    changed = _git("diff", "--name-only", "--no-renames", "-z", commit, "--", *places)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *places)
    return sorted({name for name in (changed + new).split("\0") if name})


def _common(revision: str) -> str:
    commit = _commit(revision) or _commit(f"origin/{revision}")  # a job's clone has no branch but its own
    if commit is None:
        raise UserError(
            f"BASE is {revision!r}, which is no commit here; name a branch, a tag or a commit (`git branch --all` "
            "lists branches; a shallow clone lacks most of them, and `git fetch --unshallow` gets them)"
        )
    done = subprocess.run(
        ["git", "merge-base", commit, "HEAD"], capture_output=True, encoding="utf-8", check=False
    )  # has none in a shallow clone, or with histories that never met
    return done.stdout.strip() or commit


def _commit(revision: str) -> str | None:
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], capture_output=True, encoding="utf-8", errors="surrogateescape", check=False
    )
    if done.returncode != 0:
        raise UserError(f"`git {arguments[0]}` failed: {' '.join(done.stderr.split())}")
    return done.stdout
