"""The device, and the settings of a process that computes on a CPU."""

import subprocess
import sys

import pytest
import torch

from hourglass.errors import UserError
from hourglass.training import choose_device


def test_choice_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"runtime\.device is cuda, but torch finds no CUDA GPU; set it to auto"):
        choose_device("cuda")
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == torch.device("cuda")


SCRIPT = """
import resource, sys
sys.path.insert(0, "src")
import torch
from hourglass.training.device import prepare_cpu
torch.set_num_threads(1)
prepare_cpu()
print((torch.full((4,), 1e-30) * 1e-10).count_nonzero().item())
def step():
    for _ in range(10):
        [torch.ones(1_000_000) for _ in range(4)]  # allocates and frees 16 MB
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_denormals_are_flushed_and_freed_memory_is_kept() -> None:
    process = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    denormals, page_faults = map(int, process.stdout.split())
    assert denormals == 0
    assert page_faults < 100  # of 40,000 pages
