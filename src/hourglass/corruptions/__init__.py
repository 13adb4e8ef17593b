"""Image corruptions, one per module. To add a corruption, add a module to this folder."""

from importlib import import_module
from math import inf
from pkgutil import iter_modules

from hourglass.corruptions.base import CORRUPTIONS, CorruptedImages, Corruption, CorruptionKind, TrainingInputs, corrupt

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
for _name in sorted(CORRUPTIONS, key=lambda name: CORRUPTIONS[name].test_order):
    CORRUPTIONS[_name] = CORRUPTIONS.pop(_name)

TESTED: dict[str, CorruptionKind] = {name: kind for name, kind in CORRUPTIONS.items() if kind.test_order < inf}
"""Corruptions on which every model is evaluated, keyed by name. All others are used for training only."""

__all__ = ["CORRUPTIONS", "TESTED", "CorruptedImages", "Corruption", "CorruptionKind", "TrainingInputs", "corrupt"]
