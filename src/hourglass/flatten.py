"""Nested settings by flatten names: `train.learning_rate`."""

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(content: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The values below a block, by name; a list is a value, and so is a block in it with nothing in it."""
    if isinstance(content, Mapping) and (content or not above):
        for key, value in content.items():
            yield from leaves(value, f"{above}.{key}" if above else str(key))
    else:
        yield above, content
