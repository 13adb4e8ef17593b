"""`python -m hourglass.runner.quick FOLDER`: params.yaml, with less to do, for a copy of this repository.

What is less, quick.yaml says; `make quick` calls it.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hourglass import signals
from hourglass.errors import UserError
from hourglass.schema import Section
from hourglass.settings.error_messages import messages
from hourglass.settings.yaml_io import read

PARAMS, QUICK = Path("params.yaml"), Path("quick.yaml")
WHAT = "200 seconds of CPU time, about two minutes on two idle cores, every stage up to the comparison"
Settings = dict[Any, Any]


class Quick(Section):
    """only: by the name of a block, such as `sweep.grids`, what is left of it. settings: by name, what they become."""

    only: dict[str, list[str]]
    settings: dict[str, Any]

    @classmethod
    def load(cls, path: Path = QUICK) -> "Quick":
        """Raises UserError: one line for each thing that is wrong."""
        try:
            return cls.model_validate(read(path))
        except ValidationError as error:
            raise UserError("\n".join(f"{path}: {line}" for line in messages(error, cls))) from None

    def change(self, settings: Settings) -> None:
        """Raises UserError for a name that settings do not have; what they may be, the run itself says."""
        for name, kept in self.only.items():
            block, key = _place(settings, name)
            for entry in kept:
                _place(settings, f"{name}.{entry}")
            block[key] = {entry: block[key][entry] for entry in kept}
        for name, value in self.settings.items():
            block, key = _place(settings, name)
            block[key] = value


def _place(settings: Settings, name: str) -> tuple[Settings, str]:
    """The block that a setting stands in, and its key there."""
    *above, key = name.split(".")
    block: Any = settings
    for outer in above:
        block = block.get(outer) if isinstance(block, dict) else None
    if not isinstance(block, dict) or key not in block:
        raise UserError(f"{QUICK} names {name}, which is not in {PARAMS}; name what is there")
    return block, key


def main(folder: str) -> None:
    settings = read(PARAMS)
    Quick.load().change(settings)
    (Path(folder) / PARAMS).write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    variants, dataset = ", ".join(settings["variants"]), settings["data"]["dataset"]
    print(f"A first look, {WHAT}: {variants} on {dataset}, in {folder}", flush=True)


if __name__ == "__main__":
    signals.install_handlers()
    if len(sys.argv) != 2:
        sys.exit("usage: python -m hourglass.runner.quick FOLDER")
    main(sys.argv[1])
