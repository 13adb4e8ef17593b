"""Markdown report on the effects of a change: stages that ran, metrics, settings and pictures."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from hourglass.ci.changes import Changes
from hourglass.errors import UserError
from hourglass.runner import commands
from hourglass.runner.display import clock
from hourglass.runner.processes import End

FOLDER = Path("ci-report")


def find_base(requested: str | None, target: str | None) -> str:
    """Return the commit to compare with: the merge base of HEAD and a revision, or HEAD's parent at the tip of `main`.

    Args:
        requested: revision chosen by the user. None selects `target`.
        target: target branch of a pull request. None selects the main branch.

    Raises:
        UserError: if `requested` is unknown, the clone is too shallow, or git cannot read the repository.
    """
    done = subprocess.run(["git", "rev-parse", "--verify", "HEAD"], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:  # no repository, no commit, or a repository of another user
        raise UserError(f"git cannot read this repository: {' '.join(done.stderr.split())}")
    head = done.stdout.strip()
    for name in [requested] if requested else [target, "origin/main", "main"]:
        for revision in (name, f"origin/{name}") if name else ():
            commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            if commit and (requested or target or commit != head):
                return _git("merge-base", commit, "HEAD") or commit
    if not requested and (base := _git("rev-parse", "--verify", "--quiet", "HEAD~1")):
        return base
    if requested or _git("rev-parse", "--is-shallow-repository") == "true":
        raise UserError(
            f"no commit {requested or 'before HEAD'} to compare with; set BASE to a revision (a shallow clone lacks "
            "most: `git fetch --unshallow`)"
        )
    return head  # the first commit


def write(
    base: str, changes: Changes, usage: Mapping[str, tuple[End, str]], restored: str, problem: str, pushed: str
) -> str:
    """Write `ci-report/report.md` and copies of the changed pictures. Return the text of the report.

    Args:
        base: commit with which the workspace is compared.
        changes: affected stages, and the reasons why each stage is affected.
        usage: resource usage and outcome of each stage that ran, keyed by stage.
        restored: message about restored outputs.
        problem: reason why CI failed, or an empty string.
        pushed: message about pushed outputs, or an empty string.
    """
    ran = [
        f"| {stage} | {text or 'ran'} | {clock(end.wall_seconds)} | {', '.join(changes.reasons.get(stage, []))} |"
        for stage, (end, text) in usage.items()
    ]
    table = ["| stage | outcome | time | changed |", "| --- | --- | ---: | --- |", *ran]
    parts = [
        "# Pipeline report",
        f"Compared with {base[:7]}; {restored}.",
        f"**Failed:** {problem}" if problem else "",
        "\n".join(table) if ran else "**No stage had to run.**",
        f"## Metrics\n\n{_dvc_diff('metrics', base)}",
        f"## Settings\n\n{_dvc_diff('params', base)}",
        f"## Pictures\n\n{_pictures(base)}",
        pushed,
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    (FOLDER / "report.md").write_text(text, encoding="utf-8")
    return text


def _dvc_diff(kind: str, base: str) -> str:
    done = commands.run(kind, "diff", "--md", base)
    if done.returncode:
        return f"`dvc {kind} diff` failed: {commands.problem(done)}"
    table = done.stdout.strip()
    return table if table.count("\n") > 1 else "No change."  # DVC prints the heading of an empty table


def _pictures(base: str) -> str:
    """Copy the old and new versions of each picture that changed since `base`, and return a Markdown table of them."""
    names = _git("diff", "--name-only", "--no-renames", "--relative", "-z", base, "--", "*.png").split("\0")
    rows = []
    for name in filter(None, names):
        row = [f"`{name}`"]
        before = subprocess.run(["git", "show", f"{base}:./{name}"], capture_output=True, check=False)
        after = Path(name).read_bytes() if Path(name).exists() else b""
        for when, content in (("before", before.stdout), ("after", after)):
            copy = Path("pictures") / f"{name.replace('/', '-').removesuffix('.png')}-{when}.png"
            if content:
                (FOLDER / copy).parent.mkdir(exist_ok=True)
                (FOLDER / copy).write_bytes(content)
            row.append(f"![{when}]({copy})" if content else "none")
        rows.append(f"| {' | '.join(row)} |")
    return "\n".join(["| picture | before | after |", "| --- | --- | --- |", *rows]) if rows else "No change."


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, encoding="utf-8", check=False).stdout.strip()
