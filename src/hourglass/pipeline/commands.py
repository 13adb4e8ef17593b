"""DVC's commands, and what is read from their output."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hourglass.errors import UserError
from hourglass.pipeline.graph import Graph

# `-m dvc`: the one of this Python. Another process may hold the lock for a moment, which DVC by itself bears for 3 s.
_DVC = (sys.executable, "-m", "dvc", "--wait-for-lock")
SETTINGS = "settings"  # the stage from which all others follow
UP_TO_DATE = "Nothing to run: every stage is up to date."
_BLOCKED = "it is being blocked by"
_CHATTER = re.compile(
    r"$|> |Running stage '|(Updating|Generating) lock file |Stage '.*(didn't change|is cached)|Use `dvc push`"
    r"|To track the changes with git|\tgit add |To enable auto staging|\tdvc config |Data and pipelines are up to date"
)


def environment() -> dict[str, str]:
    """For DVC and the stages below it: this Python first, output line by line and plain."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # with FORCE_COLOR rich would take a pipe for a terminal
    kept = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return kept | {"PATH": path, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "1"}


def repro(stage: str) -> list[str]:
    """Runs one stage if it is out of date, and no other."""
    return [*_DVC, "repro", "--single-item", stage]


def run_first(stage: str) -> None:
    """Run one stage to its end. Raises UserError, in the stage's words, where it fails."""
    done = _run("repro", "--single-item", stage)
    if done.returncode != 0:
        said, failed, _ = done.stderr.partition("ERROR: failed to reproduce")
        raise UserError(said.strip().removeprefix("error: ") if failed and said.strip() else _problem(done))


def repro_rest(targets: Sequence[str]) -> list[str]:
    """Runs whatever is left to run: nothing, if all went well."""
    return [*_DVC, "repro", *targets]


def stale(say: Callable[[str], None], wait_seconds: float = 2.0) -> set[str]:
    """The stages that are out of date by themselves; those that only follow from them are not among them."""
    waits = False
    while True:
        done = _run("status", "--json")
        if done.returncode == 0:
            return set(json.loads(done.stdout))
        if not blocked(done.stderr):
            raise UserError(_problem(done))
        if not waits:
            say(f"another DVC process is running stages here; waiting until it has ended\n{_problem(done)}")
        waits = True
        time.sleep(wait_seconds)


def graph() -> Graph:
    """All stages and what they need."""
    done = _run("dag", "--dot")
    if done.returncode != 0:
        raise UserError(_problem(done))
    return Graph.parse(done.stdout)


def blocked(output: str) -> bool:
    """Whether DVC gave up because another of its processes works on the same files. It does not wait for these."""
    return _BLOCKED in output


def is_chatter(line: str) -> bool:
    """Whether a line is DVC's own account of an ordinary run."""
    return _CHATTER.match(line) is not None


def was_cached(output: str) -> bool:
    """Whether DVC took the outputs from an earlier run with the same inputs."""
    return "is cached - skipping run" in output


def ran_stages(output: str) -> bool:
    """Whether DVC ran any stage."""
    return "Running stage '" in output


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_DVC, *arguments], env=environment(), capture_output=True, text=True, check=False)


def _problem(done: subprocess.CompletedProcess[str]) -> str:
    """DVC's own words on why it failed."""
    return done.stderr.strip().removeprefix("ERROR: ") or f"`dvc` ended with status {done.returncode}"
