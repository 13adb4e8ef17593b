"""Print the comparison's table at the end of `make repro`: `python -m hourglass.runner.summary`."""

import re
import sys

from rich.console import Console
from rich.table import Table

from hourglass import signals
from hourglass.paths import METRICS, PLOTS
from hourglass.readme import results_block


def show(console: Console) -> None:
    """Print the results block of compare.md, its table in 80 columns. Raises UserError if the file is missing."""
    lines = results_block(METRICS / "compare.md").strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True)
    for number, heading in enumerate(rows[0]):
        table.add_column(heading.replace(" ", "\n", 1), justify="right" if number else "left")
    for row in rows[2:]:
        # a star marks what is bold in Markdown
        table.add_row(*(re.sub(r"\*\*(.*)\*\*", r"*\1", cell).replace(" ± ", "±") for cell in row))
    console.print(table)
    for line in lines:
        if line and not line.startswith("|"):
            console.print(line.replace("**", ""), highlight=False, markup=False)
    page, text = PLOTS / "compare/index.html", METRICS / "compare.md"
    console.print(f"\nAll metrics: {text}. The comparison in a browser:\nopen {page}", highlight=False)


if __name__ == "__main__":
    signals.install_handlers()
    show(Console())
    sys.exit()
