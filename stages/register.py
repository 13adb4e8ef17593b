"""Register the best models with MLflow: `python -m stages.register`, which `make repro` calls. No stage of dvc.yaml.

What is best depends on all that MLflow has on record, so it is no function of a stage's inputs.
"""

import json

from hourglass.errors import UserError
from hourglass.paths import METRICS
from hourglass.settings.stages import Compare
from hourglass.tracking.registration import register
from stages import run


def main() -> None:
    file = METRICS / "compare.json"
    if not file.exists():
        raise UserError(f"{file} is missing; `dvc repro` makes it")
    for line in register(json.loads(file.read_text(encoding="utf-8")), Compare.load("compare")):
        print(line)


if __name__ == "__main__":
    run(main)
