"""Choice of the training device, and process settings for fast computation on a CPU."""

import ctypes

import torch

from hourglass.errors import UserError

# parameters of glibc's mallopt
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def choose_device(name: str) -> torch.device:
    """Return the device for a value of `runtime.device`: `auto`, `cpu` or `cuda`.

    `auto` selects a CUDA GPU if there is one. Raises UserError for `cuda` if there is no CUDA GPU.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("runtime.device is cuda, but torch finds no CUDA GPU; set it to auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def prepare_cpu() -> None:
    """Flush denormals to zero and, with glibc, keep freed memory in the process.

    Call this function before torch starts its threads, because threads inherit the settings. Weight decay drives the
    weights of dead units to denormals, which slow some processors down tenfold. Unless freed memory is kept, the memory
    of feature maps returns to the system after each step, which causes page faults in the next step.
    """
    torch.set_flush_denormal(True)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, 32 << 20)  # the maximum
        mallopt(M_TRIM_THRESHOLD, 1 << 30)
