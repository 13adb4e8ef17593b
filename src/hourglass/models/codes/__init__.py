"""Kinds of latent code. To add a kind, add a file to this folder."""

from importlib import import_module
from pkgutil import iter_modules

from hourglass.models.codes.base import CODE_KINDS, CodeKind

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CODE_KINDS", "CodeKind"]
