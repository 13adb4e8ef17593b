"""Files that appear whole or not at all."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hourglass.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it takes the place of `path` when the block ends well and is removed when it does not.

    It is on the disk before it takes that place, so that after a loss of power `path` is the old file or the new one.
    An OSError names `path`.
    """
    # the suffix stays last: matplotlib and others read the format from it
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    with _named(path, part):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            _flush(part)
            os.replace(part, path)
            _flush(path.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _named(path: Path, part: Path) -> Iterator[None]:
    """What fails with `part`, or with a file whose name the system does not tell, fails with `path`."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(part)):
            error.filename = str(path)
        raise


def _flush(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # said by file systems that do this by themselves, or cannot
            raise
    finally:
        os.close(handle)


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
        part.write_bytes(save(ready, metadata=header))  # save_file has words of its own for a full disk


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
