"""Answers to the exercise sheets: their Markdown, split into blocks for the comparison page, or one file per sheet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

PICTURE = re.compile(r"!\[(.+)]\(\.\./\.\./plots/(.+)\.png\)")
FOLDER = "answers/"  # below plots, of copies of the pictures of variants


@dataclass(frozen=True)
class Block:
    """A part of the answers.

    Attributes:
        kind: `sheet`, `question`, `text`, `item` or `picture`.
        text: text without Markdown, or the caption of a picture. Code remains between backquotes.
        path: path of a picture below plots, without suffix.
    """

    kind: str
    text: str
    path: str = ""


def parse(answers: str) -> Sequence[Block]:
    """Return the blocks of the Markdown text, without the title."""
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
    """Return the paths of the pictures of variants that the answers show, such as `linear/embedding`."""
    paths = (block.path for block in parse(answers) if block.kind == "picture")
    return [path.removeprefix(FOLDER) for path in paths if path.startswith(FOLDER)]


def pages(answers: str) -> dict[str, str]:
    """Return the Markdown of one file per sheet, keyed by name, and of `index`, which links these files."""
    head, *sheets = re.split("^## ", answers, flags=re.MULTILINE)
    texts, links = {}, ""
    for sheet in sheets:
        heading, _, questions = sheet.partition("\n")
        name = heading.partition(",")[0].lower().replace("ü", "ue")
        texts[name] = (
            f"# {heading}\n\nHow variants are compared: [index.md](index.md)\n{questions.replace('### ', '## ')}"
        )
        links += f"- [{heading}]({name}.md)\n"
    return {"index": f"{head.rstrip()}\n\n{links}".rstrip() + "\n"} | {
        name: text.rstrip() + "\n" for name, text in texts.items()
    }
