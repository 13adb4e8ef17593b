"""`python -m hourglass.runner.restore FOLDER DATASET`: for a run on another data set, in a copy of that folder.

The copy takes over the folder's DVC cache and remotes and what its last run on that data set has left, so that what
still holds of it need not run again; `make results` calls it.
"""

import shutil
import sys
from pathlib import Path

from dvc.config import Config  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass import signals
from hourglass.paths import RESULTS
from hourglass.runner import dvc_remote, lockfile, prune
from hourglass.runner.repository import repository


def main(folder: Path, dataset: str) -> None:
    with Repo(folder) as origin, Config(Repo.DVC_DIR).edit("local") as settings:
        settings["cache"] = {"dir": origin.cache.local_cache_dir}
        settings["remote"] = origin.config["remote"]  # addresses relative to that folder, made absolute
        if (name := dvc_remote.remote(origin)) is not None:
            settings["core"] = {"remote": name}
    last = folder / RESULTS / dataset
    if not (last / lockfile.PATH).exists():
        return
    shutil.copytree(last, Path(), dirs_exist_ok=True)
    prune.main()
    with repository() as repo:
        print(dvc_remote.restore(repo), flush=True)


if __name__ == "__main__":
    signals.install_handlers()
    if len(sys.argv) != 3:
        sys.exit("usage: python -m hourglass.runner.restore FOLDER DATASET")
    main(Path(sys.argv[1]), sys.argv[2])
