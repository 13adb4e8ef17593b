"""Put the results of the last run into README.md: `python -m stages.readme`. No stage of dvc.yaml."""

from pathlib import Path

from hourglass.errors import UserError
from hourglass.files import replacing
from stages import run
from stages.paths import METRICS

README = Path("README.md")
BEGIN, END = "<!-- results: written by `make readme` -->\n", "<!-- end of results -->"


def main() -> None:
    text = with_results(README.read_text(encoding="utf-8"), (METRICS / "compare.md").read_text(encoding="utf-8"))
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


def with_results(readme: str, results: str) -> str:
    """The README with the results between its two marks. Raises UserError where a mark is missing."""
    if BEGIN not in readme or END not in readme:
        raise UserError(f"{README} has no place for the results: it needs the lines {BEGIN.strip()} and {END}")
    before, rest = readme.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{results}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    run(main)
