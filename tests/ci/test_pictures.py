"""Pictures of a run beside those of BASE: what cannot be fetched is said, and ends nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_pipeline import Clone

from hourglass.ci import pictures
from hourglass.ci.base import Base

Cloned = Callable[..., Clone]
PICTURE = "plots/pictures/linear/map.png"


class NoCredentialsError(Exception):
    """As botocore has it, which is no OSError."""


@pytest.fixture
def lay_out(cloned: Cloned, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], list[pictures.Picture]]:
    clone = cloned("warm")
    clone.checkout()
    monkeypatch.chdir(clone.path)
    for name in ("map", "other"):
        (clone.path / PICTURE).with_stem(name).unlink(missing_ok=True)
        (clone.path / PICTURE).with_stem(name).write_text("other")
    out = ("pictures@linear", Path(PICTURE).parent)
    return lambda: pictures.lay_out(Base.of("HEAD"), ["pictures@linear"], [out], tmp_path)


def test_what_is_new_is_told_from_what_changed(lay_out: Callable[[], list[pictures.Picture]]) -> None:
    changed, new = lay_out()
    assert changed.words() == f"`{PICTURE}`"
    assert new.words() == "`plots/pictures/linear/other.png`, new"


def test_a_remote_that_does_not_give_a_picture_is_said(
    lay_out: Callable[[], list[pictures.Picture]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> bytes:
        raise NoCredentialsError("Unable to locate credentials")

    monkeypatch.setattr(pictures.DVCFileSystem, "read_bytes", fail)
    changed, _ = lay_out()
    assert changed.words() == f"`{PICTURE}`, as it was is not to be had: Unable to locate credentials"
    assert changed.now is not None
