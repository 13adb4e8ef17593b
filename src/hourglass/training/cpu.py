"""Process settings for fast computation on a CPU."""

import ctypes

import torch

# parameters of glibc's mallopt
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def prepare() -> None:
    """Flush denormals to zero and keep freed memory. Call it before torch starts its threads, which inherit it.

    Weight decay drives the weights of dead units to denormals, which slow some processors down tenfold.
    """
    torch.set_flush_denormal(True)
    keep_memory()


def keep_memory() -> None:
    """Keep freed memory in the process, if the C library is glibc.

    Otherwise feature maps of several megabytes return to the system after each step and page-fault in the next one.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, 32 << 20)  # the maximum
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
