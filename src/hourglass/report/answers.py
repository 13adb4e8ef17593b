"""Answers to the exercise sheets: their Markdown, split into blocks for the comparison page, or one file per sheet."""

import re
from collections.abc import Collection, Mapping, Sequence
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


def exercise_sheets(
    sheets: Mapping[str, Sequence[str]], variants: Collection[str], answers: Sequence[Block]
) -> dict[str, list[str]]:
    """Return the variants of each exercise sheet, keyed by its title in the answers, such as `LMU`.

    `sheets` holds the variants by the keys of params.yaml, such as `lmu`. The order is that of `variants`, to which the
    result is restricted. Sheets without any variants are left out.
    """
    titles = {_key(block.text): block.text.partition(",")[0] for block in answers if block.kind == "sheet"}
    present = {titles.get(key, key): [name for name in variants if name in names] for key, names in sheets.items()}
    return {title: names for title, names in present.items() if names}


def _key(heading: str) -> str:
    """Return the key of a sheet in params.yaml, given its heading in the answers."""
    return heading.partition(",")[0].lower().replace("ü", "ue")


def pages(answers: str) -> dict[str, str]:
    """Return the Markdown of one file per sheet, keyed by name, and of `index`, which links these files."""
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
