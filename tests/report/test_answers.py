"""The Markdown of the answers, as blocks and as one file per sheet."""

from hourglass.report.answers import Block, pages, parse, pictures_in

TEXT = """# Answers: MNIST

How it is done.

## Köln, Sheet 1

### Which `one`?

This one.

- first

![a caption](../../plots/answers/linear/pairs.png)

![losses](../../plots/compare/losses.png)

## Zürich, Sheet 2

### Why?

Because.
"""


def test_every_line_is_a_block_of_its_kind() -> None:
    assert parse(TEXT) == [
        Block("text", "How it is done."),
        Block("sheet", "Köln, Sheet 1"),
        Block("question", "Which `one`?"),
        Block("text", "This one."),
        Block("item", "first"),
        Block("picture", "a caption", "answers/linear/pairs"),
        Block("picture", "losses", "compare/losses"),
        Block("sheet", "Zürich, Sheet 2"),
        Block("question", "Why?"),
        Block("text", "Because."),
    ]
    assert pictures_in(TEXT) == ["linear/pairs"]


def test_every_sheet_has_a_file_and_the_index_links_them() -> None:
    files = pages(TEXT)
    assert list(files) == ["index", "köln", "zuerich"]
    assert files["index"] == (
        "# Answers: MNIST\n\nHow it is done.\n\n- [Köln, Sheet 1](köln.md)\n- [Zürich, Sheet 2](zuerich.md)\n"
    )
    assert files["zuerich"] == (
        "# Zürich, Sheet 2\n\nHow variants are compared: [index.md](index.md)\n\n## Why?\n\nBecause.\n"
    )
    assert pages("# Answers\n\nNone.\n") == {"index": "# Answers\n\nNone.\n"}
