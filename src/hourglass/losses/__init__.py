"""Training losses, one per file. To add a loss, add a file to this folder."""

from importlib import import_module
from pkgutil import iter_modules

from hourglass.losses.base import LOSSES, Loss

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["LOSSES", "Loss"]
