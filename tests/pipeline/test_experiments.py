"""What DVC's experiments changed, in a table that a terminal can show."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from hourglass.runner import commands, experiments
from hourglass.runner.experiments import Tried, tables, tried, unfinished

WITHOUT = {"name": "broken", "revs": [{"rev": "f" * 40, "name": "broken", "data": None, "error": {"msg": "failed"}}]}


def _data(mse: dict[str, float], **settings: Any) -> dict[str, Any]:
    """As DVC has a revision's."""
    return {
        "params": {
            "params.yaml": {"data": {"variants": {name: {"loss": "elbo", "train": {}} for name in mse}, **settings}}
        },
        "metrics": {f"metrics/compare/{name}.json": {"data": {"mse": value}} for name, value in mse.items()},
    }


def _shown(workspace: dict[str, Any] | None, head: dict[str, Any], **others: dict[str, Any]) -> list[dict[str, Any]]:
    made = [{"name": name, "revs": [{"rev": "a" * 40, "name": name, "data": data}]} for name, data in others.items()]
    return [
        {"rev": "workspace", "name": None, "data": workspace},
        {"rev": "b" * 40, "name": None, "data": head, "experiments": [*made, WITHOUT] if made else None},
    ]


HEAD = _data({"linear": 0.02, "pca": 0.03}, model={"latent": None}, seed=0)
TWO = _data({"linear": 0.04, "pca": 0.05}, model={"latent": 2}, seed=0)


def _text(found: list[Tried], width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(*tables(found))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_an_experiment_is_a_column_under_what_it_changed() -> None:
    assert _text(tried(_shown(TWO, HEAD, two=TWO)))[:5] == [
        "test MSE",
        "                             two",
        "variant  bbbbbbb  model.latent=2",
        "linear    0.0200          0.0400",
        "pca       0.0300          0.0500",
    ]


def test_figures_of_other_settings_are_not_shown_as_an_experiments() -> None:
    first, second = tried(_shown(None, HEAD, two=HEAD | {"params": TWO["params"]}))
    assert _text([first, replace(second, compared=False)])[2:5] == [
        "variant  bbbbbbb  model.latent=2",
        "linear    0.0200    not compared",
        "pca       0.0300    not compared",
    ]


def test_the_workspace_is_shown_where_it_is_no_experiment() -> None:
    assert [one.name for one in tried(_shown(TWO, HEAD, two=TWO))] == ["bbbbbbb", "two"]
    assert [one.name for one in tried(_shown(TWO, HEAD))] == ["bbbbbbb", "workspace"]
    assert [one.name for one in tried(_shown(None, HEAD, two=TWO))] == ["bbbbbbb", "two"]


@pytest.mark.parametrize("state", ["queued", "running", "failed", "success"])
def test_an_experiment_without_results_of_its_own_is_left_out(state: str) -> None:
    """As DVC has it: with its own settings, and the figures of the commit."""
    shown = _shown(None, HEAD, two=TWO)
    shown[1]["experiments"][0]["executor"] = {"state": state, "name": "dvc-task", "local": None}
    assert [one.name for one in tried(shown)] == ["bbbbbbb", *(["two"] if state == "success" else [])]
    said = [line.partition(";")[0] for line in unfinished(shown)]
    assert said == {"failed": ["failed: two, broken"], "success": ["failed: broken"]}.get(
        state, [f"{state}: two", "failed: broken"]
    )


def test_a_variant_that_only_one_has_is_a_row() -> None:
    more = _data({"linear": 0.02, "mine": 0.01}, model={"latent": None}, seed=0, train={"epochs": 3})
    found = tried(_shown(more, HEAD, more=more))
    assert found[1].changed(found[0]) == ["with mine", "without pca", "train.epochs=3"]
    lines = [line.split() for line in _text(found)]
    assert ["pca", "0.0300", "–"] in lines
    assert ["mine", "–", "0.0100"] in lines


def test_four_experiments_on_twelve_variants_fit_160_columns() -> None:
    names = ["convolutional_denoising", *(f"variant_{number}" for number in range(11))]
    made = {f"{number}-syllables": _data(dict.fromkeys(names, 0.01), train={"epochs": number}) for number in range(4)}
    lines = _text(tried(_shown(None, HEAD, **made)), 160)
    assert len([line for line in lines if line.startswith("variant_10 ") and line.count("0.0100") == 4]) == 1
    assert max(map(len, lines)) <= 160


def test_without_an_experiment_it_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "experiments", lambda: _shown(HEAD, HEAD))
    with pytest.raises(Exception, match=r"no experiment on this commit; `dvc exp run -S model\.latent=2` makes one"):
        experiments.main()
