"""Atomic file writes, checksums, JSON and safetensors files, and large temporary tensors."""

import errno
import hashlib
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hourglass.errors import UserError

IN_MEMORY = 2**28  # bytes of a scratch tensor, above which it is a temporary file


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path. If the `with` block succeeds, the file written there atomically replaces `path`.

    If the block fails, the temporary file is deleted, and an OSError names `path` instead of the temporary file.
    Even after a power failure, `path` holds either the old file or the complete new file.

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
    """Write a mapping atomically as indented JSON, in insertion order. Raises ValueError for NaN or infinity."""
    with replacing(path) as part:
        part.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_tensors(path: Path, tensors: Mapping[str, Tensor], **header: str) -> None:
    """Write named tensors atomically to a safetensors file, without a serialised copy in memory.

    `header` becomes the metadata of the file. The order of several entries varies, so the bytes of the file are
    reproducible only with at most one entry.
    """
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    layout, text = _layout(ready, header)
    with replacing(path) as part, part.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in layout:
            file.write(ready[name].as_strided([ready[name].numel()], [1]).view(torch.uint8).numpy().data)


def _layout(tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> tuple[list[str], bytes]:
    """Return the order in which a safetensors file stores the named tensors, and the file's JSON header.

    The functions of the safetensors library do not write the file: `save` copies all tensors in memory, and `save_file`
    does not report a full disk as an OSError. Here, `save` is only applied to empty tensors, which gives the order and
    the names of the dtypes. `header` is the metadata of the file.
    """
    empty = save({name: tensor.new_empty(0) for name, tensor in tensors.items()}, metadata=dict(header))
    content = json.loads(empty[8:])
    names, end = [name for name in content if name in tensors], 0
    for name in names:
        start, end = end, end + tensors[name].nbytes
        content[name] |= {"shape": list(tensors[name].shape), "data_offsets": [start, end]}
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    return names, text + b" " * (-len(text) % 8)


def load_tensors(path: Path, stage: str, *expected: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file, both keyed by name.

    Args:
        path: path of the safetensors file.
        stage: DVC stage that writes the file, named in error messages.
        expected: names of required tensors and metadata entries.

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


@contextmanager
def parsing_metadata(path: Path, stage: str) -> Iterator[None]:
    """Turn an error in the block, which parses the metadata of a file, into a UserError.

    Args:
        path: path of the file.
        stage: DVC stage that writes the file, named in the message.
    """
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise UserError(f"{path} has invalid metadata ({reason}); delete it and run `dvc repro {stage}`") from None


def scratch(shape: Sequence[int], dtype: torch.dtype = torch.uint8) -> Tensor:
    """Return an uninitialised CPU tensor, which is backed by a memory-mapped temporary file if larger than 256 MiB.

    When memory is short, the system writes pages of a mapped file to disk. The file is in the current folder, because
    the system's temporary folder may be in memory. Its space is freed with the tensor. Raises OSError on a full disk.
    """
    values = math.prod(shape)
    if (size := values * dtype.itemsize) <= IN_MEMORY:
        return torch.empty(tuple(shape), dtype=dtype)
    with tempfile.NamedTemporaryFile(prefix=".hourglass-", dir=".") as file:
        if sys.platform == "linux":  # otherwise a disk that becomes full ends the process
            os.posix_fallocate(file.fileno(), 0, size)
        return torch.from_file(file.name, shared=True, size=values, dtype=dtype).reshape(tuple(shape))


def join(parts: Iterable[Tensor], length: int) -> Tensor:
    """Concatenate tensors (B, …) of one dtype to a tensor (length, …), which is allocated with `scratch`.

    Unlike `torch.cat`, this function does not need all parts at once. Small parts that stay allocated between large
    temporary tensors would fragment the memory, and memory use would grow with the number of parts.
    """
    joined, end = torch.empty(0), 0
    for part in parts:
        if not end:
            joined = scratch((length, *part.shape[1:]), part.dtype)
        start, end = end, end + len(part)
        joined[start:end].copy_(part)
    assert end == length
    return joined
