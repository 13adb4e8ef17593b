"""Built-in data sets and the user's own images. A new module in this folder that calls `register` adds a data set."""

from importlib import import_module
from pkgutil import iter_modules

from hourglass.datasets.registry import DATASETS, OWN, DataSet, find, title

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):  # `__main__` is a program
        import_module(f"{__name__}.{_module.name}")

__all__ = ["DATASETS", "OWN", "DataSet", "find", "title"]
