"""docs/sheets.md names places that are there."""

import re
import subprocess
from pathlib import Path

import pytest
from test_pipeline import PICTURES

from hourglass.figures.variant import pictured
from hourglass.settings import params

TEXT = Path("docs/sheets.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| asked", "| ---"))]
PARAMS = params.load(Path("params.yaml"))
VARIANTS = PARAMS.variants
LISTED = set(subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.splitlines())


def paths(text: str) -> list[str]:
    return [word for word in re.findall(r"`([^`]+)`", text) if "/" in word.rstrip("/") or "." in Path(word).suffix]


@pytest.mark.parametrize("row", ROWS)
def test_what_is_asked_has_a_place_that_is_there(row: str) -> None:
    _, _, place, _ = row.split("|")
    pictures = [path for path in paths(place) if path.startswith("plots/pictures/")]
    for _, _, variant, name in (path.split("/") for path in pictures):
        assert variant in VARIANTS
        assert drawn(variant, name.removesuffix(".png"))
    assert set(paths(place)) - set(pictures) - {"noise.sigma"} <= LISTED
    assert [name for name in re.findall(r"\*([a-z_0-9]+)\*", place) if name not in VARIANTS] == []
    assert paths(place) or "answers" in place or place == " every plot "


def drawn(variant: str, name: str) -> bool:
    """Whether the stage `pictures` draws that of the variant."""
    block = VARIANTS[variant]
    if epoch := re.fullmatch(r"epoch-(\d{3})", name):
        return block.train is not None and int(epoch[1]) in pictured(block.train.epochs, PARAMS.pictures.every)
    more = {"map-own": block.corruption != "none", "loss-terms": block.loss == "elbo"}
    return more.get(name, name in PICTURES)
