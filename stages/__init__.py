"""Entry points of the stages. Each module loads its inputs, calls the library, and saves and logs the results.

The library is imported through sys.path instead of being installed. Otherwise, `dvc exp run --temp`, which runs a
copy of the repository, would import the library of the original.
"""

import gc
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

# One thread per stage and as many stages as cores: small matrix products gain little from a second thread, and results
# do not depend on the number of cores. `runtime.threads` overrides it for training.
for _library in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from hourglass import paths, signals  # noqa: E402  found through the path above

if sys.argv[0] == "-m":  # run by `python -m stages.<name>`, not imported by another program
    signals.install_handlers()
    gc.disable()  # until `run`: imported modules are never garbage, and collection took a third of the start-up time

_missing = [name for name in ("torch", "mlflow", "pydantic", "safetensors", "sklearn") if find_spec(name) is None]
if _missing:
    sys.exit(f"error: {sys.executable} lacks {', '.join(_missing)}; run `make venv`, then `source .venv/bin/activate`")


def run(main: Callable[..., None], *arguments: str) -> None:
    """Call the `main` function of a stage with the command-line arguments.

    Without command-line arguments, the name of the variant is taken from the environment variable DVC_STAGE, such as
    `linear` from `train@linear`. `arguments` are the names of the expected arguments, shown in the usage message.
    """
    variant = os.environ.get("DVC_STAGE", "").partition("@")[2]
    values = sys.argv[1:] or ([variant] if variant else [])
    if len(values) != len(arguments):
        sys.exit(f"usage: python -m {main.__module__} {' '.join(f'<{name}>' for name in arguments)}")
    paths.refuse_links()
    gc.freeze()
    gc.enable()
    main(*values)
