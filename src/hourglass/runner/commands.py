"""DVC's commands, and what is read from their output."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from hourglass.errors import UserError
from hourglass.runner.graph import Graph

# `-m dvc`: the one of this Python. Another process may hold the lock for a moment, which DVC by itself bears for 3 s;
# for the lock of its list of files in use, which it has beside that, it knows no other patience.
_DVC = (sys.executable, "-m", "dvc", "--wait-for-lock")
PIPELINE = "dvc.yaml"  # sweeps have one of their own
NO_STAGES = f"{PIPELINE} holds no stages; `git checkout {PIPELINE}` takes the committed one"
SETTINGS = "settings"  # the stage from which all others follow
UP_TO_DATE = "Nothing to run: every stage is up to date."
RETRY_SECONDS = 2.0
_BLOCKED = ("it is being blocked by", "Unable to acquire lock")
_FRAME = re.compile(r"\s*\d+ ")  # a line of the file that DVC quotes
_ADVICE = {
    "dvc.lock": "delete it and give the same command again: what DVC's cache holds is not computed anew",
    "dvc.yaml": "`git diff dvc.yaml` shows what has changed there",
    "RWLock-file": "once no DVC process runs here, delete that file",
}
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


def stale() -> set[str]:
    """The stages that are out of date by themselves; those that only follow from them are not among them."""
    if Path(PIPELINE).exists():
        done = _run("status", "--json", PIPELINE)
        if done.returncode != 0:
            raise UserError(_problem(done))
        found = set(json.loads(done.stdout))
        if found or _has_stages(Path(PIPELINE)):
            return found
    raise UserError(NO_STAGES)


def graph() -> Graph:
    """All stages and what they need."""
    done = _run("dag", "--dot", PIPELINE)
    if done.returncode != 0:
        raise UserError(_problem(done))
    return Graph.parse(done.stdout)


def experiments() -> list[dict[str, Any]]:
    """The workspace, the commit it is on, and the experiments on that, as `dvc exp show` has them."""
    done = _run("exp", "show", "--json")
    if done.returncode != 0:
        raise UserError(_problem(done))
    return list(json.loads(done.stdout))


def blocked(output: str) -> bool:
    """Whether DVC gave up because another of its processes is at work. It does not wait for these, or not for long."""
    return any(words in output for words in _BLOCKED)


def is_chatter(line: str) -> bool:
    """Whether a line is DVC's own account of an ordinary run."""
    return _CHATTER.match(line) is not None


def was_cached(output: str) -> bool:
    """Whether DVC took the outputs from an earlier run with the same inputs."""
    return "is cached - skipping run" in output


def ran_stages(output: str) -> bool:
    """Whether DVC ran any stage."""
    return "Running stage '" in output


def _has_stages(path: Path) -> bool:
    return bool((yaml.safe_load(path.read_bytes()) or {}).get("stages"))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """DVC's answer, once no other of its processes is in the way; that it waits for one is said."""
    waits = False
    while True:
        done = subprocess.run(
            [*_DVC, *arguments],
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
        )
        if done.returncode == 0 or not blocked(done.stderr):
            return done
        if not waits:
            print(f"another DVC process is running stages here; waiting until it has ended\n{_words(done)}", flush=True)
        waits = True
        time.sleep(RETRY_SECONDS)


def _problem(done: subprocess.CompletedProcess[str]) -> str:
    """One sentence on why DVC failed, and what to do where that is known."""
    lines = [line.strip() for line in _words(done).splitlines() if not _FRAME.match(line)]
    said = " ".join(line for line in lines if line)
    advice = next((advice for name, advice in _ADVICE.items() if name in said), None)
    return f"{said.rstrip('.')}; {advice}" if advice else said


def _words(done: subprocess.CompletedProcess[str]) -> str:
    """DVC's own."""
    command = " ".join(done.args[len(_DVC) :])
    return done.stderr.strip().removeprefix("ERROR: ") or f"`dvc {command}` ended with status {done.returncode}"
