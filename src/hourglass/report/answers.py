"""Answers to the exercise sheets: the Markdown of `answers.md`, split into sheets and questions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

PICTURE = re.compile(r"!\[(.+)]\(\.\./plots/(.+)\.png\)")
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
