"""What README.md takes from elsewhere, and where in it that stands."""

from pathlib import Path

from hourglass.errors import UserError

GRAPH = "the graph"


def results_of(run: str) -> str:
    """What the place for the results of a run, such as `mnist` or `mnist latent=2`, is called."""
    return f"results of {run}"


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


def with_part(readme: str, name: str, content: str) -> str:
    """The README's text with this content between the two marks of that name.

    Raises UserError where a mark is missing.
    """
    begin, end = f"<!-- {name}, written by `make readme` -->\n", f"<!-- end of {name} -->"
    if begin not in readme or end not in readme:
        raise UserError(f"README.md has no place for {name}: it needs the lines {begin.rstrip()} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"
