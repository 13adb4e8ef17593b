"""The comparisons of all data sets as a folder to publish: `python -m hourglass.ci.site FOLDER`."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from hourglass import paths, program
from hourglass.errors import UserError
from hourglass.pipeline import lockfile
from hourglass.pipeline.repository import repository

PAGE = "plots/compare/index.html"
_INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>hourglass</title>
<h1>hourglass</h1>
<p>Autoencoders compared, a page for each data set:</p>
<ul>
{links}
</ul>
</html>
"""


def main() -> int:
    if len(sys.argv) != 2:
        raise UserError("one folder is wanted, in which the pages are put: `python -m hourglass.ci.site FOLDER`")
    folder = Path(sys.argv[1])
    with repository() as repo:
        found = dict(pages(Path(repo.cache.local.path)))
    if not found:
        raise UserError(f"there is no page to publish: {PAGE} is neither here nor in DVC's cache")
    folder.mkdir(parents=True, exist_ok=True)
    for dataset, page in found.items():
        shutil.copyfile(page, folder / f"{dataset}.html")
    links = "\n".join(f'<li><a href="{dataset}.html">{dataset}</a></li>' for dataset in found)
    (folder / "index.html").write_text(_INDEX.format(links=links), encoding="utf-8")
    print(f"{', '.join(found)}: {folder / 'index.html'}")
    return 0


def pages(cache: Path) -> Iterator[tuple[str, Path]]:
    """Each data set with its page, where that is here, or among what DVC keeps."""
    for root in (Path(), *paths.other_results()):
        recorded = lockfile.outputs(lockfile.read(root / lockfile.PATH), "compare") or ()
        hashes = [out["md5"] for out in recorded if out["path"] == PAGE]
        # what is of another data set no dvc.yaml names, so that DVC does not put it there
        places = [root / PAGE, *(cache / md5[:2] / md5[2:] for md5 in hashes)]
        if found := [place for place in places if place.is_file()]:
            yield json.loads((root / "settings/compare.json").read_bytes())["dataset"], found[0]


if __name__ == "__main__":
    program.begin()
    sys.exit(main())
