"""Functions that run DVC commands as subprocesses and interpret their output."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from hourglass.errors import UserError, mask_secrets
from hourglass.settings import params
from hourglass.settings.yaml_io import read

# DVC waits for its lock with this flag, but not for its list of files in use: hence RETRY_SECONDS
DVC = (sys.executable, "-m", "dvc", "--wait-for-lock")
NO_STAGES = "dvc.yaml holds no stages; `git checkout dvc.yaml` restores the committed file"
UP_TO_DATE = "Nothing to run: every stage is up to date."
SETTINGS = "settings"  # the stage that all others depend on
RETRY_SECONDS = 2.0
_BLOCKED = ("it is being blocked by", "Unable to acquire lock")
_ADVICE = {
    "dvc.lock": "delete it and rerun the command; outputs in DVC's cache are not recomputed",
    "dvc.yaml": "see `git diff dvc.yaml`",
    "is not a git repository": "run `git init` in a folder that was unpacked from an archive",
    "RWLock-file": "delete that file once no DVC process runs here",
}


def environment() -> dict[str, str]:
    """Return the environment for DVC commands: this Python first on PATH, unbuffered output and /bin/sh as shell."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    inherited = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return inherited | {"PATH": path, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "1", "SHELL": "/bin/sh"}


def single_stage(stage: str) -> list[str]:
    """Return the DVC command that runs a single stage if it is out of date, without running its dependencies."""
    return [*DVC, "repro", "--single-item", stage]


def run_settings() -> None:
    """Run the stage `settings`. Raises UserError with the stage's error message if the stage fails."""
    done = run("repro", "--single-item", SETTINGS)
    if done.returncode != 0:
        if not done.stderr.startswith("error: "):  # DVC failed before the stage, such as for a missing `data.path`
            params.load()
        message, failed, _ = done.stderr.partition("ERROR: failed to reproduce")
        raise UserError(message.strip().removeprefix("error: ") if failed and message.strip() else problem(done))


def status() -> dict[str, list[Any]]:
    """Return the changes that `dvc status --json` reports, keyed by stage name.

    Each list holds dictionaries such as `{"changed outs": {"data/raw": "deleted"}}`, or the string `changed command`.
    A stage without changes of its own is not included, even if it depends on a changed stage. Raises UserError if DVC
    fails, params.yaml is invalid or dvc.yaml has no stages.
    """
    read(Path("params.yaml"))  # before DVC, which nested aliases would keep busy forever
    done = run("status", "--json", "dvc.yaml")
    if done.returncode != 0:
        params.load()  # names the invalid setting, where DVC reports a parsing error of its own
        raise UserError(problem(done))
    stages: dict[str, list[Any]] = json.loads(done.stdout)
    if not stages and not (yaml.safe_load(Path("dvc.yaml").read_bytes()) or {}).get("stages"):
        raise UserError(NO_STAGES)
    return stages


def blocked(output: str) -> bool:
    """Return whether DVC's output reports that the command was blocked by another DVC process."""
    return any(words in output for words in _BLOCKED)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `dvc` with the given arguments. If another DVC process blocks the command, wait and retry."""
    notice = "another DVC process runs stages here; waiting until it has ended\n"
    while True:
        done = subprocess.run(
            [*DVC, *arguments],
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            check=False,
        )
        if done.returncode == 0 or not blocked(done.stderr):
            return done
        print(notice, end="", flush=True)
        notice = ""
        time.sleep(RETRY_SECONDS)


def problem(done: subprocess.CompletedProcess[str]) -> str:
    """Return the error message of a failed DVC command as one line, with advice for known errors."""
    message = done.stderr.strip().removeprefix("ERROR: ") or f"dvc ended with status {done.returncode}"
    # without the lines of a file that DVC quotes with their numbers
    text = " ".join(re.sub(r"^\s*\d+ .*", "", message, flags=re.MULTILINE).split())
    advice = next((f"; {advice}" for name, advice in _ADVICE.items() if name in text), None)
    return mask_secrets(f"{text.rstrip('.')}{advice}" if advice else text)


def restore() -> str:
    """Restore outputs from DVC's cache and, if reachable, the default remote. Return a one-line report."""
    done = run("pull", "--run-cache", "--allow-missing", "dvc.yaml")
    if done.returncode == 0:
        return "outputs restored from DVC's cache and the remote, as far as they have them"
    run("checkout", "--allow-missing", "dvc.yaml")
    return f"outputs restored from DVC's cache only: {problem(done)}"


def push() -> str:
    """Push outputs and DVC's run cache to the default remote. Return a one-line report of success or failure."""
    done = run("push", "--run-cache", "dvc.yaml")
    return "outputs and run cache pushed to the remote" if done.returncode == 0 else f"not pushed: {problem(done)}"
