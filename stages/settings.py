"""Check params.yaml as a whole, and write what each other stage is told of it: `python -m stages.settings`."""

from hourglass import training
from hourglass.settings.params import load
from hourglass.settings.stages import FOLDER, resolved, write
from stages import run


def main() -> None:
    params = load()
    training.choose(params.runtime.device)  # refused here, a device that is not there costs no result
    write(resolved(params))
    print(f"params.yaml is valid; settings of every stage in {FOLDER}")


if __name__ == "__main__":
    run(main)
