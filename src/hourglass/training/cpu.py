"""How a process is set up to compute fast on a CPU."""

import ctypes

import torch

# of glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def prepare() -> None:
    """Set up this process, once and for good; to be called before torch starts its threads, which inherit it.

    Numbers below 1e-38 become 0: weight decay takes the weights of dead units there, and many a processor then
    multiplies at a tenth of its speed. Losses stay equal to the digits that are printed.
    """
    torch.set_flush_denormal(True)
    keep_memory()


def keep_memory() -> None:
    """Let freed memory stay with the process, where the C library is glibc.

    Otherwise maps of a few megabytes go back to the system after every step and are fetched anew, page by page.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, 32 << 20)  # the largest that it takes
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
