"""The comparisons of all data sets as a folder to publish: `python -m hourglass.ci.site FOLDER [ADDRESS]`.

ADDRESS is where the folder will be found, such as `https://owner.github.io/hourglass`: the pages then name a picture
for whatever shows a preview of a link, which takes no address that is relative.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass import paths, signals
from hourglass.datasets.registry import DATASETS
from hourglass.errors import UserError
from hourglass.runner import dvc_remote, lockfile
from hourglass.runner.repository import repository

PAGE = "plots/compare/index.html"
PICTURE = "plots/compare/overview.png"
ABOUT = "Autoencoders compared on the same images: what each keeps, restores and makes up"
_ENTRY = """<li><a href="{name}.html"><h2>{title}</h2>
<img src="{name}.png" alt="Ten test images of {title} through every variant, and what was measured"></a></li>"""
_INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hourglass</title>
<meta name="description" content="{about}">
{preview}<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }}
ul {{ list-style: none; padding: 0; }}
img {{ width: 100%; background: white; border-radius: .25rem; }}
</style>
</head>
<body>
<main>
<h1>hourglass</h1>
<p>{about}. A page for each data set:</p>
<ul>
{entries}
</ul>
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Found:
    """The page of a data set, and the picture that stands for it."""

    page: Path
    picture: Path


def main() -> int:
    if len(sys.argv) not in (2, 3):
        raise UserError(
            "one folder is wanted, in which the pages are put: `python -m hourglass.ci.site FOLDER [ADDRESS]`"
        )
    folder, address = Path(sys.argv[1]), "".join(sys.argv[2:]).rstrip("/")
    with repository() as repo:
        found = dict(pages(repo))
    if not found:
        raise UserError(f"there is no page to publish: {PAGE} is neither here nor in DVC's cache or a remote")
    folder.mkdir(parents=True, exist_ok=True)
    for dataset, one in found.items():
        shutil.copyfile(one.picture, folder / f"{dataset}.png")
        page = one.page.read_text(encoding="utf-8")
        (folder / f"{dataset}.html").write_text(
            page.replace("<style>", f"{_preview(address, dataset)}<style>", 1), encoding="utf-8"
        )
    entries = "\n".join(_ENTRY.format(name=name, title=escape(DATASETS[name].title)) for name in found)
    index = _INDEX.format(about=ABOUT, preview=_preview(address, next(iter(found))), entries=entries)
    (folder / "index.html").write_text(index, encoding="utf-8")
    print(f"{', '.join(found)}: {folder / 'index.html'}")
    return 0


def _preview(address: str, dataset: str) -> str:
    """The line that names a page's picture, https://ogp.me; none without an address."""
    return f'<meta property="og:image" content="{escape(address)}/{dataset}.png">\n' if address else ""


def pages(repo: Repo) -> Iterator[tuple[str, Found]]:
    """Each data set with its page, where that is here, or among what DVC keeps."""
    for root in (Path(), *paths.other_results()):
        recorded = lockfile.outputs(lockfile.read(root / lockfile.PATH), "compare") or ()
        page = root / PAGE
        if not page.is_file():  # what is of another data set no dvc.yaml names, so that DVC does not put it there
            page = next((dvc_remote.place(repo, out["md5"]) for out in recorded if out["path"] == PAGE), page)
        if page.is_file():
            dataset = json.loads((root / "settings/compare.json").read_bytes())["dataset"]
            yield dataset, Found(page, root / PICTURE)


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
