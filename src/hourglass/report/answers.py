"""Functions that split the Markdown answers to the exercise sheets into blocks or pages."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

PICTURE = re.compile(r"!\[(.+)]\(\.\./\.\./plots/(.+)\.png\)")
FOLDER = "answers/"  # below plots, of copies of the pictures of variants


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item or picture in the answers to the exercise sheets.

    Attributes:
        kind: `sheet` or `question` for a heading, `text` for a paragraph, `item` for a list item, or `picture`.
        text: content without its Markdown marker, or the caption of a picture. Code keeps its backticks.
        path: path of the picture relative to `plots`, without suffix. Empty for all other kinds.
    """

    kind: str
    text: str
    path: str = ""


def parse(answers: str) -> Sequence[Block]:
    """Split the answers, given as Markdown, into blocks. The first line, which is the title, is omitted."""
    blocks = []
    for line in answers.splitlines()[1:]:
        if match := PICTURE.fullmatch(line):
            blocks.append(Block("picture", *match.groups()))
        elif line:
            mark, _, rest = line.partition(" ")
            kind = {"##": "sheet", "###": "question", "-": "item"}.get(mark, "text")
            blocks.append(Block(kind, line if kind == "text" else rest))
    return blocks


def pictures_in(answers: str) -> list[str]:
    """List the pictures in `plots/answers` that the answers use, as relative paths such as `linear/embedding`."""
    paths = (block.path for block in parse(answers) if block.kind == "picture")
    return [path.removeprefix(FOLDER) for path in paths if path.startswith(FOLDER)]


def exercise_sheets(
    sheets: Mapping[str, Sequence[str]], variants: Collection[str], answers: Sequence[Block]
) -> dict[str, list[str]]:
    """Return the names of the compared variants of each exercise sheet, keyed by sheet title, such as `LMU`.

    Args:
        sheets: variants of each sheet, keyed by the name of the sheet in params.yaml, such as `lmu`.
        variants: compared variants, in the order of the result. Sheets without any of them are omitted.
        answers: answer blocks, from which the titles of the sheets are taken.
    """
    titles = {_key(block.text): block.text.partition(",")[0] for block in answers if block.kind == "sheet"}
    present = {titles.get(key, key): [name for name in variants if name in names] for key, names in sheets.items()}
    return {title: names for title, names in present.items() if names}


def _key(heading: str) -> str:
    """Convert the heading of an exercise sheet to the name of the sheet in params.yaml, such as `lmu`."""
    return heading.partition(",")[0].lower().replace("ü", "ue")


def pages(answers: str) -> dict[str, str]:
    """Split the answers into an `index` page and one Markdown page per sheet, keyed by file name without suffix."""
    head, *sheets = re.split("^## ", answers, flags=re.MULTILINE)
    texts, links = {}, ""
    for sheet in sheets:
        heading, _, questions = sheet.partition("\n")
        name = _key(heading)
        texts[name] = (
            f"# {heading}\n\nHow variants are compared: [index.md](index.md)\n{questions.replace('### ', '## ')}"
        )
        links += f"- [{heading}]({name}.md)\n"
    return {"index": f"{head.rstrip()}\n\n{links}".rstrip() + "\n"} | {
        name: text.rstrip() + "\n" for name, text in texts.items()
    }
