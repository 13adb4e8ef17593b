"""Built-in data sets and the user's own images. To add a data set, call `register` in a new module of this folder."""

from importlib import import_module
from pkgutil import iter_modules

from hourglass.datasets.registry import DATASETS, OWN, DataSet, find, title

for _module in iter_modules(__path__):
    if not _module.name.startswith("_"):  # `__main__` is a program
        import_module(f"{__name__}.{_module.name}")

__all__ = ["DATASETS", "OWN", "DataSet", "find", "title"]
