"""`python -m hourglass.runner.experiments`: what DVC's experiments on this commit changed.

DVC's own table has a column for every number of every variant; `make experiments` calls this one.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console
from rich.table import Table

from hourglass import metrics, signals
from hourglass.errors import UserError
from hourglass.flatten import iter_leaves
from hourglass.paths import METRICS
from hourglass.runner import commands
from hourglass.runner.repository import repository
from hourglass.runner.revisions import compared

NOT_COMPARED = "not compared"
# DVC's queue may be at rest although it is not empty: its workers tell each other how they are through files, and one
# that reads such a file before it is written ends after its experiment (github.com/treeverse/dvc/issues/10428)
ADVICE = {"queued": "`dvc queue start` goes on with the queue", "failed": "`dvc queue logs` says why"}


@dataclass(frozen=True)
class Tried:
    """A commit or an experiment. settings: by flatten name. figures: by variant, then by the key of a metric.

    revision: as DVC knows it. compared: whether the figures are of these settings.
    """

    name: str
    revision: str
    variants: tuple[str, ...]
    settings: Mapping[str, Any]
    figures: Mapping[str, Mapping[str, float]]
    compared: bool = True

    @classmethod
    def of(cls, name: str, entry: Mapping[str, Any]) -> "Tried":
        """From an entry of `dvc exp show --json`."""
        data = entry["data"]
        settings = data["params"]["params.yaml"]["data"]
        rows = {
            variant: data["metrics"].get(f"{METRICS}/compare/{variant}.json", {}) for variant in settings["variants"]
        }
        figures = {variant: row["data"] for variant, row in rows.items() if "data" in row}
        values = {key: value for key, value in iter_leaves(settings) if value != {}}
        return cls(name, entry["rev"], tuple(settings["variants"]), values, figures)

    def changed(self, before: "Tried") -> list[str]:
        """What has other settings than before: `model.latent=2`; of a variant that only one of both has, its name."""
        new = [name for name in self.variants if name not in before.variants]
        gone = [name for name in before.variants if name not in self.variants]
        of_one = tuple(f"variants.{name}." for name in (*new, *gone))
        names = [name for name in dict.fromkeys([*before.settings, *self.settings]) if not name.startswith(of_one)]
        others = [name for name in names if self.settings.get(name) != before.settings.get(name)]
        values = [f"{name}={self.settings.get(name)}" for name in others]
        return [*(f"with {name}" for name in new), *(f"without {name}" for name in gone), *values]

    def text(self, variant: str, metric: metrics.Metric) -> str:
        return metric.text(self.figures.get(variant, {}).get(metric.key)) if self.compared else NOT_COMPARED


def tried(shown: Sequence[Mapping[str, Any]]) -> list[Tried]:
    """The commit, and the experiments on it, from `dvc exp show --json`; the workspace only where it is none of them.

    Those that have failed, or have yet to run, are left out: see `unfinished`.
    """
    workspace, *commits = shown
    ended = [one for one in _experiments(shown) if _state(one) == "success"]
    experiments = [one["revs"][0] | {"name": one["name"]} for one in ended]
    found = [Tried.of(one["name"] or one["rev"][:7], one) for one in (*commits, *experiments) if _read(one)]
    here = [Tried.of("workspace", workspace)] if _read(workspace) else []
    return found + [one for one in here if all(one.figures != other.figures for other in found)]


def tables(found: Sequence[Tried]) -> Iterator[Table]:
    """One for each of the few figures that say most: a variant is a row, an experiment a column."""
    first, *others = found
    variants = dict.fromkeys(variant for one in found for variant in one.figures)
    for metric in metrics.overview():
        if metric.key == "latent":
            continue
        table = Table("variant", box=None, pad_edge=False, title=metric.title, title_justify="left")
        table.add_column(first.name, justify="right")
        for one in others:
            table.add_column("\n".join([one.name, *one.changed(first)]), justify="right", overflow="fold")
        for variant in variants:
            table.add_row(variant, *(one.text(variant, metric) for one in found))
        yield table


def checked(found: Sequence[Tried]) -> list[Tried]:
    """With those experiments told apart whose figures are the commit's, and not of their own settings."""
    with repository() as repo:
        here = {found[0].revision, "workspace"}
        return [one if one.revision in here else replace(one, compared=compared(repo, one.revision)) for one in found]


def unfinished(shown: Sequence[Mapping[str, Any]]) -> list[str]:
    """The experiments without results of their own, a line for each state that they are in."""
    found: dict[str, list[str]] = {}
    for one in _experiments(shown):
        found.setdefault(_state(one), []).append(one["name"] or one["revs"][0]["rev"][:7])
    found.pop("success", None)
    return [f"{state}: {', '.join(names)}; {ADVICE.get(state, 'not ended yet')}" for state, names in found.items()]


def _experiments(shown: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for commit in shown[1:] for one in commit["experiments"] or ()]


def _state(one: Mapping[str, Any]) -> str:
    """`success` where an experiment has results of its own: until then, DVC shows it with those of the commit."""
    state = (one.get("executor") or {}).get("state", "success")
    return "failed" if state == "success" and one["revs"][0].get("error") else str(state)


def _read(entry: Mapping[str, Any]) -> bool:
    """Whether DVC could read its settings."""
    return bool(entry["data"]) and "data" in entry["data"]["params"].get("params.yaml", {})


def main() -> None:
    shown = commands.experiments()
    found, left = tried(shown), unfinished(shown)
    if len(found) < 2 and not left:
        raise UserError("there is no experiment on this commit; `dvc exp run -S model.latent=2` makes one")
    found = checked(found)
    for table in tables(found):
        Console().print(table, "")
    if others := [one.name for one in found if not one.compared]:
        left.append(
            f"{NOT_COMPARED}: {', '.join(others)}; run up to other stages alone, where DVC shows the comparison of the "
            "commit: the same `dvc exp run` without the name of a stage makes its own"
        )
    print("".join(f"{line}\n" for line in left), end="")


if __name__ == "__main__":
    signals.install_handlers()
    main()
    sys.exit()
