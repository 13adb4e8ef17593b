"""Files that appear whole or not at all."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from hourglass.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it takes the place of `path` when the block ends well and is removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # the suffix stays last: matplotlib and others read the format from it
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write JSON that diffs well: indented, in the order given, newline at the end. Refuses NaN."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_tensors(path: Path, tensors: Mapping[str, Tensor], **header: str) -> None:
    """Write a safetensors file; it appears whole or not at all. One header entry: their order is not kept."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as part:
        save_file(ready, part, metadata=header)


def load_tensors(path: Path, stage: str, *expected: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors, by name, and header of a safetensors file. Raises UserError, naming the stage that makes it.

    expected: names of tensors or header entries without which the file is not that stage's.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors, header = {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise UserError(f"{path} is missing; `dvc repro {stage}` makes it") from None
    except SafetensorError as error:
        raise UserError(f"{path} is damaged ({error}); delete it and run `dvc repro {stage}`") from None
    missing = [name for name in expected if name not in tensors and name not in header]
    if missing:
        raise UserError(f"{path} holds no {' and no '.join(missing)}; delete it and run `dvc repro {stage}`")
    return tensors, header
