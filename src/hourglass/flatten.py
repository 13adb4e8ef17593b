"""Flattening of nested mappings to dotted keys, such as `train.learning_rate`."""

from collections.abc import Iterator, Mapping
from typing import Any


def iter_leaves(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted key, which starts with `prefix`, and the value of each leaf of nested mappings.

    Lists and empty nested mappings are leaves.

    Example:
        >>> dict(iter_leaves({"train": {"epochs": 5}}))
        {'train.epochs': 5}
    """
    if isinstance(content, Mapping) and (content or not prefix):
        for key, value in content.items():
            yield from iter_leaves(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, content
