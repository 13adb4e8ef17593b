"""Validate params.yaml and write the settings of every other stage: `python -m stages.settings`."""

import torch

from hourglass.runner.machine import total_memory
from hourglass.settings.params import Hardware, load
from hourglass.settings.stage_configs import FOLDER, resolve, write
from stages import run


def main() -> None:
    """Validate everything against this machine before the first file is written."""
    params = load(hardware=Hardware(_memory(), torch.cuda.is_available()))
    write(resolve(params))
    print(f"params.yaml is valid; settings written to {FOLDER}")


def _memory() -> int:
    """Return the bytes of main memory, or of GPU memory if that is larger."""
    gpu = torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else 0
    return max(total_memory(), gpu)


if __name__ == "__main__":
    run(main)
