"""`python -m hourglass.runner.summary`: the last lines of `make repro`, from what the comparison says first."""

import re
import sys

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, TableElement
from rich.table import Table
from rich.text import Text

from hourglass import signals
from hourglass.paths import METRICS, PLOTS
from hourglass.readme import results_block


class Narrow(TableElement):
    """A table without lines, so that twelve variants fit 80 columns: names to the left, figures to the right."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        assert self.header is not None
        assert self.header.row is not None
        assert self.body is not None
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True)
        for place, heading in enumerate(self.header.row.cells):
            # broken here: rich takes room from the widest column, be it in two lines or not
            table.add_column(_broken(heading.content, " "), justify="right" if place else "left", overflow="fold")
        for row in self.body.rows:
            name, *figures = (cell.content for cell in row.cells)
            table.add_row(_broken(name, " ("), *figures)
        yield table


def _broken(text: Text, before: str) -> Text:
    """Once, at the first of such a place."""
    return Text(text.plain.replace(before, f"\n{before.lstrip()}", 1))


class Brief(Markdown):
    """Verdicts and the table, in as many columns as the terminal has."""

    elements = Markdown.elements | {"table_open": Narrow}


def narrowed(text: str) -> str:
    """Figures with no room around their ±, and with a star where Markdown has them bold, which no pipe shows."""
    rows = [
        re.sub(r"(\| +)\*\*", r"\1**\\*", line.replace(" ± ", "±")) if line.startswith("|") else line
        for line in text.splitlines()
    ]
    return "\n".join(rows).replace(" is bold", r" has a \*")


def show(console: Console) -> None:
    """Raises UserError where the comparison is missing or damaged."""
    console.print(Brief(narrowed(results_block(METRICS / "compare.md"))))
    page, text = PLOTS / "compare/index.html", METRICS / "compare.md"
    console.print(f"\nAll figures and findings: {text}. Side by side, in a browser:\nopen {page}", highlight=False)


if __name__ == "__main__":
    signals.install_handlers()
    show(Console())
    sys.exit()
