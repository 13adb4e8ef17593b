"""Table of the main results, taken from the top of compare.md. README.md contains one such table per data set.

`make repro` ends by running `python -m hourglass.summary`, which prints the table.
"""

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hourglass import signals
from hourglass.errors import UserError
from hourglass.paths import METRICS, PLOTS


def results_block(path: Path) -> str:
    """Return the results table and its notes from compare.md. Raises UserError if the file is missing or damaged."""
    try:
        block, heading, rest = path.read_bytes().decode().partition("\n## ")
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run `dvc repro compare`") from None
    except UnicodeDecodeError:
        block = heading = rest = ""
    if not heading or not rest.endswith("\n"):
        raise UserError(f"{path} is damaged; delete it and run `dvc repro compare`")
    return block


def with_block(readme: str, run: str, block: str) -> str:
    """Return `readme`, the text of README.md, with the results of `run`, such as `mnist`, replaced by `block`.

    The results are enclosed in two HTML comments that name the run. Raises UserError if the comments are missing.
    """
    begin, end = f"<!-- results of {run}, written by `make readme` -->\n", f"<!-- end of results of {run} -->"
    if begin not in readme or end not in readme:
        raise UserError(f"README.md has no markers for the results of {run}: add {begin.rstrip()} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}\n{block}\n{end}{rest.split(end, 1)[1]}"


def show(console: Console) -> None:
    """Print the main results and the paths of full results. Raises UserError if compare.md is missing or damaged."""
    page, text = PLOTS / "compare/index.html", METRICS / "compare.md"
    # mark bold cells with a star
    lines = re.sub(r"\*\*(.*?)\*\*", r"*\1", results_block(text)).strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True)
    for number, heading in enumerate(rows[0]):
        table.add_column(heading.replace(" ", "\n", 1), justify="right" if number else "left")
    for row in rows[2:]:
        table.add_row(*(cell.replace(" ± ", "±") for cell in row))
    console.print(table)
    notes = [line for line in lines if line and not line.startswith("|")]
    console.print(*notes, sep="\n", highlight=False, markup=False)
    places = f"\nAll metrics: {text.resolve()}\nThe comparison in a browser: {page.resolve()}"
    console.print(places, highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    signals.install_handlers()
    show(Console())
    sys.exit()
