"""Results that DVC keeps: taken from its cache and remote before a run, brought to the remote after it."""

from pathlib import Path

from dvc.repo import Repo  # type: ignore[import-untyped]
from dvc_data.hashfile.hash_info import HashInfo

from hourglass.runner.commands import PIPELINE
from hourglass.runner.repository import said, stages


def remote(repo: Repo) -> str | None:
    """The name of the remote that is used where none is named."""
    return repo.config["core"].get("remote")


def restore(repo: Repo) -> str:
    """Put what cache and remote have where it belongs; of what they lack, what is here stays. Returns words on it.

    A remote that cannot be reached, or not with the rights that there are, is no reason to stop: the cache is left.
    """
    name = remote(repo)
    words = "no remote is configured: results came from DVC's cache here"
    if name is not None:
        words = f"results came from the remote {name!r} and DVC's cache here"
        try:
            repo.fetch(targets=[PIPELINE], run_cache=True)
        except Exception as error:  # each kind of remote has errors of its own
            words = f"the remote {name!r} did not give everything ({said(error)}): results came from what is here"
    # DVC's checkout would remove a file in whose place it has nothing to put; given targets, it reads dvc.lock for each
    with repo.lock:
        for stage in stages(repo).values():
            for out in stage.outs:
                if not out.changed_cache():
                    out.checkout()
    return words


def place(repo: Repo, md5: str) -> Path:
    """Where DVC's cache has the file of this hash, or would have it where the remote lacks it too."""
    found = Path(repo.cache.local.oid_to_path(md5))
    if not found.exists() and (name := remote(repo)) is not None:
        try:
            repo.cloud.pull({HashInfo("md5", md5)})
        except Exception as error:  # each kind of remote has errors of its own
            print(f"the remote {name!r} did not give {md5}: {said(error)}", flush=True)
    return found


def push(repo: Repo) -> str:
    """Bring results, and what is known of runs, to the remote where there is one. Returns what was done, in words."""
    name = remote(repo)
    if name is None:
        return "Nothing was pushed: no remote is configured."
    try:
        repo.push(targets=[PIPELINE], run_cache=True)
    except Exception as error:  # each kind of remote has errors of its own
        return f"**Nothing, or not all, was pushed** to the remote {name!r}: {said(error)}."
    return f"Results and DVC's run cache were pushed to the remote {name!r}."
