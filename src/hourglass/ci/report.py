"""What came of a change, as Markdown: for a job's summary, and for whoever reads the file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass.ci.base import Base
from hourglass.ci.pictures import Picture
from hourglass.ci.rerun import Ran
from hourglass.runner.display import clock

HEADLINE = "metrics/compare/"  # the files of DVC's table, one a variant
PAGE = Path("plots/compare/index.html")
ROWS = 60  # of a table; a job's summary has room for a megabyte
Table = Sequence[tuple[str, ...]]


@dataclass
class Told:
    """All that is said of a change. problem: why it ended early, if it did. stages: how many there are.

    missing: results that are in neither cache nor remote, left as they are. changed: files that git keeps and that the
    run has left otherwise than they were committed. lacking: why the rest is not said, if it is not.
    """

    base: Base
    dirty: bool
    restored: str
    stages: int
    ran: Sequence[Ran] = ()
    missing: Sequence[str] = ()
    problem: str = ""
    pushed: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    pictures: Sequence[Picture] = ()
    changed: Sequence[str] = ()
    lacking: str = ""

    def markdown(self) -> str:
        parts = (*self._run(), *self._metrics(), *self._settings(), *self._pictures(), *self._rest())
        return "\n\n".join(parts) + "\n"

    def _run(self) -> Iterator[str]:
        yield "# What this change makes of the results"
        dirty = ", changes that are not committed among it" if self.dirty else ""
        yield f"Against {self.base}{dirty}; {self.restored}."
        if self.problem:
            yield f"**Stopped:** {self.problem}."
        if self.lacking:
            yield f"**This report is not whole:** {self.lacking}."
        started = [one for one in self.ran if one.seconds is not None]
        if not started:
            yield "No stage ran." if self.problem else f"**No stage had to run**: all {self.stages} are up to date."
        else:
            yield f"**{len(started)} of {self.stages} stages ran.**"
        if self.ran:
            rows = [
                (one.stage, one.outcome, "" if one.seconds is None else clock(one.seconds), one.why) for one in self.ran
            ]
            yield table(("stage", "what became of it", "time", "why"), rows)
        if self.missing:
            one = len(self.missing) == 1
            what = f"{_count(self.missing, 'result')} {'is' if one else 'are'} neither in DVC's cache nor in a remote"
            needless = f"; nothing that this change concerns needs {'it' if one else 'them'}"
            yield _folded(what if self.problem else what + needless, [f"`{path}`" for path in self.missing])

    def _metrics(self) -> Iterator[str]:
        yield "## Metrics"
        found = list(_changes(self.metrics))
        first = [(Path(path).stem, *row) for path, *row in found if path.startswith(HEADLINE)]
        if first:
            yield table(("variant", "figure", "BASE", "now", "change"), first)
        if others := len(found) - len(first):
            more = "more figures" if first else "figures"
            yield f"{others} {more} changed: `dvc metrics diff {self.base.commit[:7]}` has all."
        if not found:
            yield "None changed."

    def _settings(self) -> Iterator[str]:
        yield "## Settings"
        found = [(f"`{key}`", old, new) for _, key, old, new, _ in _changes(self.settings)]
        yield table(("params.yaml", "BASE", "now"), found) if found else "None changed."

    def _pictures(self) -> Iterator[str]:
        if self.pictures:
            yield "## Pictures"
            yield "As they were and as they are, side by side: `ci-report/pictures.html`, in the artifact of this job."
            yield _folded(f"{len(self.pictures)} changed", [one.words() for one in self.pictures])

    def _rest(self) -> Iterator[str]:
        yield "## What is left"
        where = f"The page is `{PAGE}`, in the artifact of this job."
        yield where if PAGE.exists() else f"The page, `{PAGE}`, is not here: neither cache nor remote has it."
        if self.pushed:
            yield self.pushed
        if self.changed:
            what = (
                f"{_count(self.changed, 'file')} that git keeps changed: in the artifact of this job, to be committed"
            )
            yield _folded(what, [f"`{path}`" for path in self.changed])


def differences(repo: Repo, base: Base) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metrics and settings, by file and key, as DVC compares them: `{"old": …, "new": …}`."""
    found = (kind.diff(a_rev=base.commit).get("diff", {}) for kind in (repo.metrics, repo.params))
    metrics, settings = found
    return metrics, settings


def _changes(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """File, key, and old and new value and their difference, as text."""
    for path, keys in found.items():
        for key, values in keys.items():
            difference = values.get("diff")
            change = "" if difference is None else f"{difference:+.4g}"
            yield path, key, _number(values.get("old")), _number(values.get("new")), change


def _count(items: Sequence[str], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


def _number(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def table(head: Sequence[str], rows: Table) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows[:ROWS])]
    if len(rows) > ROWS:
        lines.append(_row([f"and {len(rows) - ROWS} more", *[""] * (len(head) - 1)]))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def _folded(summary: str, items: Sequence[str]) -> str:
    lines = [f"- {item}" for item in items[:ROWS]]
    if len(items) > ROWS:
        lines.append(f"- and {len(items) - ROWS} more")
    return "\n".join([f"<details><summary>{summary}</summary>\n", *lines, "\n</details>"])
