"""The entries of dvc.yaml, one a stage: load, call the library, save, log; `readme` and `register` are called by make.

The package is not installed: `dvc exp run --temp` works in a copy of the repository, and an installed package would
make that copy run the code of the original. Hence the path below.
"""

import gc
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

# One thread a stage, as many stages as cores: small products gain little from a second thread, many threads on busy
# cores wait for each other, and results do not depend on the machine. `runtime.threads` says otherwise for a training.
for _library in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

# the package can only be found now that the path is set
from hourglass import paths, signals  # noqa: E402

if sys.argv[0] == "-m":  # as Python has it until it has found the stage that it is to run: nobody else's signals change
    signals.install_handlers()
    gc.disable()  # until `run`: what is imported stays; to look through it for garbage took a third of a stage's start

_missing = [name for name in ("torch", "mlflow", "pydantic", "safetensors", "sklearn") if find_spec(name) is None]
if _missing:
    sys.exit(
        f"error: {sys.executable} is not the project's Python ({', '.join(_missing)} missing); "
        "run `make venv`, then `source .venv/bin/activate`"
    )


def run(main: Callable[..., None], *arguments: str) -> None:
    """Run a stage with its named command-line arguments.

    Where DVC runs the stage of a variant, the only argument is that variant's name, from the name of the stage.
    """
    variant = os.environ.get("DVC_STAGE", "").partition("@")[2]
    given = sys.argv[1:] or ([variant] if variant else [])
    if len(given) != len(arguments):
        sys.exit(f"usage: python -m {main.__module__} {' '.join(f'<{name}>' for name in arguments)}")
    paths.refuse_links()
    gc.freeze()
    gc.enable()
    main(*given)
