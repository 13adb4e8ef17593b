"""The process that computes: denormal numbers are flushed, and memory is kept."""

import subprocess
import sys

SCRIPT = """
import resource, sys
sys.path.insert(0, "src")
import torch
from hourglass.training import cpu
torch.set_num_threads(1)
if sys.argv[1] == "prepared":
    cpu.prepare()
tiny = torch.full((4,), 1e-30)
print((tiny * 1e-10).count_nonzero().item())
def step():
    for _ in range(10):
        [torch.ones(1_000_000) for _ in range(4)]  # 16 MB at a time, freed again
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _run(how: str) -> tuple[int, int]:
    command = [sys.executable, "-c", SCRIPT, how]
    denormals, faults = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(denormals), int(faults)


def test_denormal_numbers_become_zero_and_freed_memory_is_not_fetched_anew() -> None:
    assert _run("as it is")[0] == 4
    denormals, faults = _run("prepared")
    assert denormals == 0
    assert faults < 100  # of 40,000 pages
