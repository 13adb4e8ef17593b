"""Command that prepares a copy of the repository for a run on another data set. Used by `make results`.

Run `python -m hourglass.runner.restore FOLDER` inside the copy, where FOLDER is the original repository. The copy
uses FOLDER's DVC cache and remotes, and a relative path to the user's own images is resolved against FOLDER. Earlier
results in FOLDER/results for the same data set are restored, so that up-to-date results are not recomputed.
"""

import shutil
import sys
from pathlib import Path

from dvc.config import Config  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]
from dvc.utils.serialize import modify_yaml  # type: ignore[import-untyped]

from hourglass import signals
from hourglass.datasets import OWN
from hourglass.paths import RESULTS
from hourglass.runner import commands, lockfile, prune
from hourglass.settings import params
from hourglass.settings.yaml_io import read

PARAMS = Path("params.yaml")


def main(folder: Path) -> None:
    """Configure DVC in the working directory (a copy of `folder`) and restore earlier results of the data set."""
    if read(PARAMS).get("data", {}).get("dataset") in OWN:
        with modify_yaml(PARAMS) as settings:
            settings["data"]["path"] = str(folder / settings["data"]["path"])
    with Repo(folder) as origin, Config(Repo.DVC_DIR).edit("local") as settings:
        settings["cache"] = {"dir": origin.cache.local_cache_dir}
        settings["remote"] = origin.config["remote"]  # relative addresses made absolute
        if name := origin.config["core"].get("remote"):
            settings["core"] = {"remote": name}
    last = folder / RESULTS / params.load().data.name
    if (last / lockfile.PATH).exists():
        shutil.copytree(last, Path(), dirs_exist_ok=True)
        prune.main()
        print(commands.restore(), flush=True)


if __name__ == "__main__":
    signals.install_handlers()
    main(Path(sys.argv[1]))
