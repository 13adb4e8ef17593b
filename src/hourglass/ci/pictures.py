"""Pictures as they were at BASE and as they are, laid side by side in a folder that a job can hand out."""

import html
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dvc.api import DVCFileSystem  # type: ignore[import-untyped]

from hourglass.ci.base import Base
from hourglass.runner.repository import said

FOLDER = "pictures"
INDEX = "pictures.html"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pictures that changed</title>
<style>body {{ font: 16px sans-serif; margin: 2em }} img {{ max-width: 45vw; border: 1px solid #ccc }}</style>
<h1>Pictures that changed, against {base}</h1>
{pictures}
</html>
"""


@dataclass(frozen=True)
class Picture:
    """A picture that changed. was, now: copies of it; None where it was not there, or is not here.

    why: what is said of it where it was to be fetched, and could not be.
    """

    path: str
    was: Path | None
    now: Path | None
    why: str = ""

    def words(self) -> str:
        """Its name, and which of the two is missing."""
        if self.now is None:
            return f"`{self.path}`, gone"
        if self.why:
            return f"`{self.path}`, as it was is not to be had: {self.why}"
        return f"`{self.path}`" if self.was else f"`{self.path}`, new"


def lay_out(base: Base, stages: Iterable[str], outs: Iterable[tuple[str, Path]], folder: Path) -> list[Picture]:
    """Copy every picture that changed, as it was and as it is, into a folder, with a page that shows them.

    stages: that ran: only their results can differ where git does not keep them. outs: results that DVC keeps, each
    with its stage.
    """
    ran = set(stages)
    places = [path for stage, path in outs if stage in ran]
    found = [*_tracked(base, folder), *_kept(base, places, folder)]
    if found:
        shown = "\n".join(_shown(picture, folder) for picture in found)
        (folder / INDEX).write_text(_PAGE.format(base=html.escape(str(base)), pictures=shown), encoding="utf-8")
    return found


def _tracked(base: Base, folder: Path) -> Iterator[Picture]:
    for name in base.changed():
        if name.endswith(".png"):
            yield _copied(name, base.read(name), folder)


def _kept(base: Base, places: list[Path], folder: Path) -> Iterator[Picture]:
    """Of results that DVC keeps; what they were is in its cache or remote, if anywhere."""
    now = {path for place in places for path in (place.rglob("*.png") if place.is_dir() else [place])}
    pictures = sorted(path.as_posix() for path in now if path.suffix == ".png" and path.exists())
    if not pictures:
        return
    before = DVCFileSystem(rev=base.commit)
    for name in pictures:
        was, why = None, ""
        try:
            if before.exists(name):
                was = before.read_bytes(name)
        except Exception as error:  # each kind of remote has errors of its own
            why = said(error)
        if was != Path(name).read_bytes():
            yield _copied(name, was, folder, why)


def _copied(name: str, was: bytes | None, folder: Path, why: str = "") -> Picture:
    place = folder / FOLDER / name
    place.parent.mkdir(parents=True, exist_ok=True)
    old, new = place.with_suffix(".base.png"), place.with_suffix(".new.png")
    if was is not None:
        old.write_bytes(was)
    if Path(name).exists():
        shutil.copyfile(name, new)
    return Picture(name, old if was is not None else None, new if Path(name).exists() else None, why)


def _shown(picture: Picture, folder: Path) -> str:
    copies = [copy.relative_to(folder).as_posix() for copy in (picture.was, picture.now) if copy is not None]
    images = " ".join(f'<img src="{html.escape(copy)}" alt="{html.escape(copy)}">' for copy in copies)
    return f"<h2>{html.escape(picture.words().replace('`', ''))}</h2>\n<p>{images}</p>"
