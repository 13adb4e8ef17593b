"""Errors that a user can fix, and their one-line messages."""

import errno
import os


class UserError(Exception):
    """A problem that the user can fix, shown as one line without a traceback; the process exits with 1.

    The message names the setting or file, what is wrong, and what to do:
    `model.latent is 0; must be a positive integer`.
    """


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)
OUT_OF_MEMORY = ("can't allocate memory", "out of memory")  # torch's messages for the CPU and for a GPU


def format_error(error: BaseException) -> str | None:
    """Return a one-line message for an error that the user can fix, or None to show the traceback."""
    match error:
        case UserError():
            return str(error)
        case OSError(errno=int(number)):
            return _format_os_error(error, number)
        case MemoryError():
            return _format_memory_error(error)
        case RuntimeError() if any(text in str(error) for text in OUT_OF_MEMORY):
            return _format_memory_error(error)
    return None


def _format_os_error(error: OSError, number: int) -> str:
    path = None if error.filename is None else os.fsdecode(error.filename)
    message = ": ".join(part for part in (path, error.strerror) if part)
    if number in DISK_FULL:
        return f"{message}; free some space and rerun the same command, finished stages are not repeated"
    if number in NO_PERMISSION and path:
        return f"{message}; write permission is needed for {path} and its folder {os.path.dirname(path) or '.'}"
    return message


def _format_memory_error(error: BaseException) -> str:
    reason = " ".join(str(error).partition("\n")[0].split()) or type(error).__name__
    return f"not enough memory ({reason}); run `make repro JOBS=1` or reduce the batch size or network"
