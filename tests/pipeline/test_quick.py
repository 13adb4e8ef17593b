"""What `make quick` leaves of params.yaml."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT, make, of_this_tree

from hourglass.errors import UserError
from hourglass.runner.quick import Quick
from hourglass.settings import params
from hourglass.settings.yaml_io import read


def _made(folder: Path, quick: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command, with the quick.yaml of the repository or another."""
    for name in ("params.yaml", "quick.yaml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    if quick is not None:
        (folder / "quick.yaml").write_text(quick)
    (folder / "copy").mkdir()
    return subprocess.run(
        [sys.executable, "-m", "hourglass.runner.quick", "copy"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_it_writes_is_valid_and_smaller_and_says_so_first(tmp_path: Path) -> None:
    done = _made(tmp_path)
    made = params.load(tmp_path / "copy/params.yaml")
    whole = params.load(ROOT / "params.yaml")
    assert done.returncode == 0, done.stderr
    assert made.data.dataset == "digits"
    assert list(made.variants) == Quick.load(ROOT / "quick.yaml").only["variants"]
    assert f"{', '.join(made.variants)} on digits" in done.stdout
    assert "two minutes on two idle cores" in done.stdout
    assert done.stdout.endswith(" in copy\n")
    for name, variant in made.variants.items():
        assert variant.network == whole.variants[name].network
        assert variant.corruption == whole.variants[name].corruption


def test_only_what_is_named_changes() -> None:
    settings: dict[str, Any] = {"seed": 0, "a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": {"g": 4}}
    Quick(only={"a.b": ["d"], "f": []}, settings={"a.e": {"h": 5}, "a.b.d": 6}).change(settings)
    assert settings == {"seed": 0, "a": {"b": {"d": 6}, "e": {"h": 5}}, "f": {}}


@pytest.mark.parametrize(
    ("only", "changes", "name"),
    [({"a.x": []}, {}, "a.x"), ({"a": ["x"]}, {}, "a.x"), ({}, {"a.b.c": 1}, "a.b.c"), ({}, {"x.b": 1}, "x.b")],
)
def test_what_params_yaml_does_not_have_is_refused(
    only: dict[str, list[str]], changes: dict[str, Any], name: str
) -> None:
    with pytest.raises(UserError, match=f"^quick.yaml names {name}, which is not in params.yaml; name what is there$"):
        Quick(only=only, settings=changes).change({"a": {"b": 1}})


def test_a_quick_yaml_of_another_form_is_a_sentence_and_writes_nothing(tmp_path: Path) -> None:
    done = _made(tmp_path, "only: {variants: linear}\n")
    assert done.returncode == 1
    assert done.stderr.startswith("error: quick.yaml: only.variants is 'linear', but ")
    assert "\nquick.yaml: settings is missing\n" in done.stderr
    assert not (tmp_path / "copy/params.yaml").exists()


def test_its_variants_can_be_held_against_each_other() -> None:
    """With noise and without, variational and not, and the best linear code."""
    variants = read(ROOT / "params.yaml")["variants"]
    kept = {name: variants[name] for name in Quick.load(ROOT / "quick.yaml").only["variants"]}
    assert {"none", "gaussian"} <= {block["corruption"] for block in kept.values()}
    assert {"squared_error", "elbo"} <= {block["loss"] for block in kept.values()}
    assert "pca" in kept


def test_a_run_that_fails_says_so_and_where_it_is(tmp_path: Path) -> None:
    tree = of_this_tree(tmp_path / "tree", lambda params: None, TMPDIR=str(tmp_path))
    quick = tree.path / "quick.yaml"
    quick.write_text(quick.read_text() + "  train.epochs: -1\n")
    (tree.path / "metrics/compare.md").write_text("of another run")
    done = tree.run(*make("quick"))
    first, *_, refused, last, _ = done.stdout.splitlines()
    assert done.returncode != 0
    copy = Path(first.rpartition(" in ")[2])
    assert refused == "error: params.yaml: train.epochs is -1, but input should be greater than 0"
    assert last == f"This run, whole or not, is in {copy}: open {copy}/plots/compare/index.html"
    assert read(copy / "params.yaml")["train"]["epochs"] == -1
    assert (copy / "metrics/sweep.csv").exists()
    assert not (copy / "metrics/compare.md").exists()  # nothing of another run is taken for this one's
