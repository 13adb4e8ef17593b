"""Atomic file writes, JSON, checksums and safetensors."""

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
    """Yield a temporary path that replaces `path` if the block succeeds, and is removed otherwise.

    After a power failure, too, `path` is either the old file or the new one. An OSError names `path`.

    Example:
        >>> with replacing(Path("results.txt")) as temporary:
        ...     temporary.write_text("done")
    """
    # the suffix stays last: matplotlib and others read the format from it
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
        _flush(path.parent)
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(temporary)):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems without fsync
            raise
    finally:
        os.close(handle)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write indented JSON in the order of the keys, atomically. Raises ValueError for NaN and infinity."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_tensors(path: Path, tensors: Mapping[str, Tensor], **header: str) -> None:
    """Write a safetensors file atomically, with at most one header entry, as their order is not preserved."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as part:
        part.write_bytes(save(ready, metadata=header))  # unlike save_file it raises OSError when the disk is full


def load_tensors(path: Path, stage: str, *expected: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors file by name, and its header.

    Args:
        path: the file.
        stage: DVC stage that writes it, for the message.
        expected: names of required tensors and header entries.

    Raises:
        UserError: if the file is missing, damaged or incomplete.
    """
    if path.is_dir():
        raise UserError(f"{path} is a folder, not a file; delete it and run `dvc repro {stage}`")
    try:
        with safe_open(path, framework="pt") as file:
            tensors, header = {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run `dvc repro {stage}`") from None
    except SafetensorError as error:
        raise UserError(f"{path} is damaged ({error}); delete it and run `dvc repro {stage}`") from None
    missing = [name for name in expected if name not in tensors and name not in header]
    if missing:
        raise UserError(f"{path} has no {' and no '.join(missing)}; delete it and run `dvc repro {stage}`")
    return tensors, header
