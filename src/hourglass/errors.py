"""Errors that the user can fix, and their messages."""

import errno
import os
import re


class UserError(Exception):
    """Error that the user can fix, such as `model.latent is 0; must be a positive integer`."""


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)
OUT_OF_MEMORY = ("can't allocate memory", "out of memory")  # torch's messages for the CPU and for a GPU


def format_error(error: BaseException) -> str | None:
    """Return the message for an error that the user can fix, or None for any other error."""
    match error:
        case UserError():
            return str(error)
        case OSError(errno=int(number)):
            path = None if error.filename is None else os.fsdecode(error.filename)
            message = ": ".join(part for part in (path, error.strerror) if part)
            if number in DISK_FULL:
                message += "; free some space and rerun the same command, finished stages are not repeated"
            elif number in NO_PERMISSION and path:
                folder = os.path.dirname(path) or "."
                message += f"; write permission is needed for {path} and its folder {folder}"
            return message
    if isinstance(error, ImportError) and str(error.name).startswith("hourglass") and "DVC_EXP_NAME" in os.environ:
        return f"{error}; DVC copies only files that git knows into an experiment, so run `git add` on new files"
    by_torch = isinstance(error, RuntimeError) and any(text in str(error) for text in OUT_OF_MEMORY)
    if by_torch or isinstance(error, MemoryError):
        reason = " ".join(str(error).partition("\n")[0].split()) or type(error).__name__
        return f"not enough memory ({reason}); run `make repro JOBS=1` or reduce the batch size or network"
    return None


def mask_secrets(text: str) -> str:
    """Mask user names, passwords, tokens and query strings in all URLs in `text`.

    Everything between `://` and the last `@` is masked, because passwords may contain `@` and `/`. URLs of local files
    and of MLflow's models and runs stay unchanged.
    """
    return "".join(_masked(word) for word in re.split(r"(\s+)", text))


def _masked(word: str) -> str:
    parts = re.fullmatch(r"(.*?)(://?)(.+)", word)  # one slash: an address that was taken for a path
    if not parts or parts[1].endswith(("sqlite", "file", "models", "runs")):
        return word
    scheme, slashes, address = parts.groups()
    secret, at, place = address.rpartition("@")  # first, as a password may contain `?`
    place, _, query = place.partition("?")
    return f"{scheme}{slashes}{'***' if secret else ''}{at}{place}{'?***' if query else ''}"
