"""Check params.yaml as a whole, and write what each other stage is told of it: `python -m stages.settings`."""

import torch

from hourglass.runner.machine import total_memory
from hourglass.settings.params import load
from hourglass.settings.stage_configs import FOLDER, resolved, write
from hourglass.settings.validation import Machine
from stages import run


def main() -> None:
    # refused here, what this machine cannot do costs no result
    write(resolved(load(machine=Machine(_memory(), torch.cuda.is_available()))))
    print(f"params.yaml is valid; settings of every stage in {FOLDER}")


def _memory() -> int:
    """Bytes of this machine, or of its GPU where that has more."""
    gpu = torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else 0
    return max(total_memory(), gpu)


if __name__ == "__main__":
    run(main)
