"""What README.md says of a run: who is best at what, and the table of the figures that say most."""

from pathlib import Path

from hourglass.errors import UserError


def brief(path: Path) -> str:
    """What the comparison wrote before its first heading. Raises UserError where it is missing or damaged."""
    made = "`dvc repro compare` makes it"
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        raise UserError(f"{path} is missing; {made}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is damaged ({error}); delete it: {made} anew") from None
    first, heading, _ = text.partition("\n## ")
    if not heading or not text.endswith("\n"):
        raise UserError(f"{path} is damaged (its end is missing); delete it: {made} anew")
    return first


def with_results(readme: str, run: str, results: str) -> str:
    """The README's text with the results of a run, such as `mnist` or `mnist latent=2`, between the two marks for them.

    Raises UserError where a mark is missing.
    """
    begin, end = f"<!-- results of {run}, written by `make readme` -->\n", f"<!-- end of results of {run} -->"
    if begin not in readme or end not in readme:
        raise UserError(f"README.md has no place for these results: it needs the lines {begin.rstrip()} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}\n{results}\n{end}{rest.split(end, 1)[1]}"
