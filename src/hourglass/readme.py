"""What README.md says of a run: its results, and what their columns mean."""

from pathlib import Path

from hourglass.errors import UserError
from hourglass.metrics import METRICS

GLOSSARY = "<!-- glossary, written by `make readme` -->", "<!-- end of glossary -->"


def results(path: Path) -> str:
    """The tables and findings that the comparison wrote. Raises UserError where they are missing or damaged."""
    made = "`dvc repro compare` makes it"
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        raise UserError(f"{path} is missing; {made}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is damaged ({error}); delete it: {made} anew") from None
    if not text.endswith("\n"):
        raise UserError(f"{path} is damaged (its end is missing); delete it: {made} anew")
    return text


def with_results(readme: str, run: str, results: str) -> str:
    """The README's text with the results of a run, such as `mnist` or `mnist latent=2`, between the two marks for them.

    Raises UserError where a mark is missing.
    """
    marks = f"<!-- results of {run}, written by `make readme` -->", f"<!-- end of results of {run} -->"
    return _between(readme, marks, f"\n{results}\n")


def with_glossary(readme: str) -> str:
    """The README's text with the meaning of every figure between the marks for them; raises as `with_results`."""
    return _between(
        readme, GLOSSARY, "\n" + "".join(f"- *{metric.title}*: {metric.meaning}.\n" for metric in METRICS) + "\n"
    )


def _between(readme: str, marks: tuple[str, str], text: str) -> str:
    begin, end = f"{marks[0]}\n", marks[1]
    if begin not in readme or end not in readme:
        raise UserError(f"README.md has no place for these results: it needs the lines {marks[0]} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}{text}{end}{rest.split(end, 1)[1]}"
