"""Conversion of the answers to exercise sheets from Markdown to blocks for the page, or to one file per sheet."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

PICTURE = re.compile(r"!\[(.+)]\(\.\./\.\./plots/(.+)\.png\)")
FOLDER = "answers/"  # below plots, of copies of the pictures of variants


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item or picture in the answers to the exercise sheets.

    Attributes:
        kind: `sheet` or `question` (headings), `text` (a paragraph), `item` (of a list) or `picture`.
        text: content without Markdown marks, or the caption of a picture. Code remains between backquotes.
        path: path of a picture below `plots`, without suffix. Empty for all other kinds.
    """

    kind: str
    text: str
    path: str = ""


def parse(answers: str) -> Sequence[Block]:
    """Split the Markdown of the answers into blocks. The first line, which is the title, is left out."""
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
    """Return the paths below `plots/answers` of the pictures that the answers contain, such as `linear/embedding`."""
    paths = (block.path for block in parse(answers) if block.kind == "picture")
    return [path.removeprefix(FOLDER) for path in paths if path.startswith(FOLDER)]


def exercise_sheets(
    sheets: Mapping[str, Sequence[str]], variants: Collection[str], answers: Sequence[Block]
) -> dict[str, list[str]]:
    """Return the compared variants of each exercise sheet, keyed by the title of the sheet, such as `LMU`.

    Args:
        sheets: variants of each sheet, keyed as in params.yaml, such as `lmu`.
        variants: compared variants, in the order of the result. A sheet without any of them is left out.
        answers: blocks of the answers, which contain the titles of the sheets.
    """
    titles = {_key(block.text): block.text.partition(",")[0] for block in answers if block.kind == "sheet"}
    present = {titles.get(key, key): [name for name in variants if name in names] for key, names in sheets.items()}
    return {title: names for title, names in present.items() if names}


def _key(heading: str) -> str:
    """Return the key of an exercise sheet in params.yaml, such as `lmu`, from its heading in the answers."""
    return heading.partition(",")[0].lower().replace("ü", "ue")


def pages(answers: str) -> dict[str, str]:
    """Split the Markdown of the answers into one file per sheet and `index`, which links them, keyed by file name."""
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
