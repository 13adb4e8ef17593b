"""The Markdown of the answers, as one file per sheet."""

from hourglass.report.answers import pages

TEXT = """# Answers: MNIST

How it is done.

## Köln, Sheet 1

### Which?

This one.

## Zürich, Sheet 2

### Why?

Because.
"""


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
