"""Put the results of the last run into README.md: `python -m stages.readme`. No stage of dvc.yaml."""

from pathlib import Path

from hourglass.errors import UserError
from hourglass.files import replacing
from hourglass.settings.params import load
from stages import run
from stages.paths import METRICS

README = Path("README.md")


def main() -> None:
    params = load()
    results = (METRICS / "compare.md").read_text(encoding="utf-8")
    text = with_results(README.read_text(encoding="utf-8"), params.run_name(params.data.dataset), results)
    with replacing(README) as part:
        part.write_text(text, encoding="utf-8")


def with_results(readme: str, what: str, results: str) -> str:
    """The README with the results of `what`, such as `mnist` or `mnist latent=2`, between the two marks for them.

    Raises UserError where a mark is missing.
    """
    begin, end = f"<!-- results of {what}, written by `make readme` -->\n", f"<!-- end of results of {what} -->"
    if begin not in readme or end not in readme:
        raise UserError(f"{README} has no place for these results: it needs the lines {begin.strip()} and {end}")
    before, rest = readme.split(begin, 1)
    return f"{before}{begin}\n{results}\n{end}{rest.split(end, 1)[1]}"


if __name__ == "__main__":
    run(main)
