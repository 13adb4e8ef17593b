"""Validate params.yaml and write the settings of all other stages: `python -m stages.settings`."""

from hourglass.runner.machine import hardware
from hourglass.settings.params import load
from hourglass.settings.stage_configs import FOLDER, resolve, write
from stages import run


def main() -> None:
    params = load(hardware=hardware())
    write(resolve(params))
    print(f"params.yaml is valid; settings written to {FOLDER}")


if __name__ == "__main__":
    run(main)
