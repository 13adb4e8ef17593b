"""`python -m hourglass.ci [BASE]`: rerun what a change concerns and report on it; `make ci-repro` calls it."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from hourglass import paths, signals
from hourglass.ci import base as bases
from hourglass.ci import pictures
from hourglass.ci.base import Base
from hourglass.ci.report import Told, differences
from hourglass.ci.rerun import Rerun
from hourglass.ci.state import State
from hourglass.errors import UserError
from hourglass.runner import dvc_remote
from hourglass.runner.repository import repository, said
from hourglass.settings import params

FOLDER = Path("ci-report")
LIMIT = "CI_MINUTES"
MINUTES = 30.0
SUMMARY = "GITHUB_STEP_SUMMARY"


def main() -> int:
    """Returns the exit status: 1 where a stage failed, or where there was no time for what the change concerns."""
    options = _options()
    limit = _limit(os.environ.get(LIMIT))
    paths.refuse_links()
    params.load()
    if FOLDER.is_symlink() or (FOLDER.exists() and not FOLDER.is_dir()):
        raise UserError(f"{FOLDER} is to be a folder of its own, for the report; remove what has that name here")
    base = Base.of(options.base)
    dirty = bool(bases.uncommitted())
    print(f"against {base}", flush=True)
    with repository() as repo:
        restored = dvc_remote.restore(repo)
    print(restored, flush=True)
    rerun = Rerun(base, limit, _look, options.jobs)
    _empty(FOLDER)
    problem: Exception | None = None
    told = Told(base, dirty, restored, 0)
    try:
        rerun.whole()
    except UserError as error:
        problem, told.problem = error, str(error)
    try:
        _tell(rerun, told)
    except Exception as error:  # what is known by then is written all the same
        problem, told.lacking = problem or error, said(error)
    _write(told.markdown())
    if problem is not None:
        raise problem
    return 0


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()


def _tell(rerun: Rerun, told: Told) -> None:
    """Fill in all there is to say once what could run has run; what that left is pushed."""
    told.ran = rerun.ran
    with repository() as repo:
        state = State.of(repo)
        ran = [one.stage for one in rerun.ran if one.seconds is not None]
        outs = [(out.stage.addressing, Path(str(out))) for out in repo.index.outs if out.use_cache]
        told.stages = len(state.graph.needs)
        told.missing = sorted(path for found in state.missing.values() for path in found)
        if ran:
            told.changed = bases.uncommitted("dvc.lock", *(path for found in state.tracked.values() for path in found))
            told.pushed = "Nothing was pushed, as not all ran." if told.problem else dvc_remote.push(repo)
        told.metrics, told.settings = differences(repo, rerun.base)
        told.pictures = pictures.lay_out(rerun.base, ran, outs, FOLDER)


def _write(text: str) -> None:
    """The report, to a file and, in a job of GitHub's, to its summary."""
    (FOLDER / "report.md").write_text(text, encoding="utf-8")
    if summary := os.environ.get(SUMMARY):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    print(f"\n{text}\nThis report is {FOLDER / 'report.md'}")


def _look() -> State:
    with repository() as repo:
        return State.of(repo)


def _limit(text: str | None) -> float:
    if not text:
        return MINUTES
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < float("inf"):
        raise UserError(f"{LIMIT} is {text!r}, but a number of minutes is wanted, such as {MINUTES:g}")
    return minutes


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m hourglass.ci", description="Rerun what a change concerns.")
    parser.add_argument(
        "base",
        nargs="?",
        help="a revision to compare with; by default what a pull request is for, the main branch, or the commit before",
    )
    parser.add_argument("--jobs", type=int, help="stages at a time; by default as many as cores and memory allow")
    return parser.parse_args()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
