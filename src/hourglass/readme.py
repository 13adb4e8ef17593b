"""The table of results in README.md, one between two markers per data set."""

from pathlib import Path

from hourglass.errors import UserError


def results_block(path: Path) -> str:
    """Return the overview table and its note from a `compare.md`.

    Raises:
        UserError: if the file is missing or damaged.
    """
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run `dvc repro compare`") from None
    except UnicodeDecodeError:
        text = ""
    block, heading, _ = text.partition("\n## ")
    if not heading or not text.endswith("\n"):
        raise UserError(f"{path} is damaged; delete it and run `dvc repro compare`")
    return block


def with_block(readme: str, run: str, block: str) -> str:
    """Return the README with a block between the markers of a run, such as `mnist`.

    Raises:
        UserError: if a marker is missing.
    """
    begin, end = f"<!-- results of {run}, written by `make readme` -->\n", f"<!-- end of results of {run} -->"
    if begin not in readme or end not in readme:
        raise UserError(f"README.md has no markers for the results of {run}: add {begin.rstrip()} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}\n{block}\n{end}{rest.split(end, 1)[1]}"
