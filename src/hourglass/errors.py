"""What goes wrong, in words for the person at the keyboard."""

import errno
import os


class UserError(Exception):
    """What is wrong, in one sentence that names the key or file, what was found and what would do.

    A stage prints it without a traceback and exits with 1.
    """


FULL = (errno.ENOSPC, errno.EDQUOT)
LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)
NO_MEMORY = ("can't allocate memory", "out of memory")  # as torch says it, of the processor's and of a GPU's


def in_words(error: BaseException) -> str | None:
    """One sentence on an error that the user can mend; None for one that takes a traceback."""
    match error:
        case UserError():
            return str(error)
        case OSError(errno=int(number)):
            return _of_the_system(error, number)
        case MemoryError():
            return _no_memory(error)
        case RuntimeError() if any(words in str(error) for words in NO_MEMORY):
            return _no_memory(error)
    return None


def _of_the_system(error: OSError, number: int) -> str:
    path = None if error.filename is None else os.fsdecode(error.filename)
    sentence = ": ".join(part for part in (path, error.strerror) if part)
    if number in FULL:
        return f"{sentence}; make room and give the same command again, what had finished is kept"
    if number in LOCKED and path:
        folder = os.path.dirname(path) or "."
        return f"{sentence}; this user needs the right to write to {path} and to its folder {folder}"
    return sentence


def _no_memory(error: BaseException) -> str:
    why = " ".join(str(error).partition("\n")[0].split()) or type(error).__name__
    return f"not enough memory ({why}); `make repro JOBS=1` runs one stage at a time, smaller settings need less"
