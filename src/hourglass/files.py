"""Atomic file writes, checksums, and reading and writing of JSON and safetensors files."""

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
    """Yield a temporary path to write to. If the block succeeds, the temporary file atomically replaces `path`.

    If the block fails, the temporary file is deleted. An OSError names `path` instead of the temporary file.
    Even after a power failure, `path` is either the old file or the new one.

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
    """Write a mapping atomically as indented JSON, without sorting the keys. Raises ValueError for NaN and infinity."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_tensors(path: Path, tensors: Mapping[str, Tensor], **header: str) -> None:
    """Write tensors atomically to a safetensors file.

    Pass at most one header entry, because safetensors does not preserve the order of several entries.
    """
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as part:
        part.write_bytes(save(ready, metadata=header))  # unlike save_file it raises OSError when the disk is full


def load_tensors(path: Path, stage: str, *expected: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Load the tensors and the header entries of a safetensors file, both keyed by name.

    Args:
        path: the safetensors file.
        stage: DVC stage that writes the file, named in error messages.
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
