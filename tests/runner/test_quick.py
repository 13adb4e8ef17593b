"""quick.yaml: what `make quick` trains."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT

from hourglass.errors import UserError
from hourglass.runner.quick import sheet_variants, shrink
from hourglass.settings.params import Params, validate
from hourglass.settings.yaml_io import read


def test_quick_yaml_gives_valid_smaller_settings(validated: Callable[..., Params]) -> None:
    settings = read(ROOT / "params.yaml")
    shrink(settings, read(ROOT / "quick.yaml"))
    small, whole = validate(settings, Path("params.yaml")), validated({})
    assert small.data.dataset == "digits"
    assert list(small.variants) == ["linear", "denoising", "convolutional", "pca"]
    assert small.sheets["lmu"] == ["linear", "denoising", "convolutional"]
    assert small.sheets["padova"] == []
    for name, variant in small.variants.items():
        assert variant.network == whole.variants[name].network


def test_only_named_settings_change() -> None:
    settings: dict[str, Any] = {"seed": 0, "a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": {"g": 4}}
    shrink(settings, {"only": {"a.b": ["d"], "f": []}, "settings": {"a.e": {"h": 5}, "a.b.d": 6}})
    assert settings == {"seed": 0, "a": {"b": {"d": 6}, "e": {"h": 5}}, "f": {}}


@pytest.mark.parametrize(
    ("only", "changes", "name"),
    [({"a.x": []}, {}, "a.x"), ({"a": ["x"]}, {}, "a.x"), ({}, {"a.b.c": 1}, "a.b.c"), ({}, {"x.b": 1}, "x.b")],
)
def test_unknown_names_are_rejected(only: dict[str, list[str]], changes: dict[str, Any], name: str) -> None:
    with pytest.raises(UserError, match=f"^quick.yaml or VARIANTS names {name}, which params.yaml does not have$"):
        shrink({"a": {"b": 1}}, {"only": only, "settings": changes})


def test_a_sheet_selects_its_variants() -> None:
    settings = read(ROOT / "params.yaml")
    assert sheet_variants(settings, "heidelberg") == ["linear", "denoising"]
    with pytest.raises(UserError, match=r"^SHEET is 'lmuu'; params\.yaml has the sheets lmu, heidelberg, "):
        sheet_variants(settings, "lmuu")
