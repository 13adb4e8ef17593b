"""Validate params.yaml and write the settings of all other stages: `python -m stages.settings`."""

import torch

from hourglass.runner.machine import total_memory
from hourglass.settings.params import Hardware, load
from hourglass.settings.stage_configs import FOLDER, resolve, write
from stages import run


def main() -> None:
    gpu = torch.cuda.is_available()
    memory = max(total_memory(), torch.cuda.get_device_properties(0).total_memory if gpu else 0)
    params = load(hardware=Hardware(memory, gpu))
    write(resolve(params))
    print(f"params.yaml is valid; settings written to {FOLDER}")


if __name__ == "__main__":
    run(main)
