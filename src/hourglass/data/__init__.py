"""Data sets: where they come from, how they lie on disk, how they are corrupted."""

from hourglass.data.corruption import CORRUPTIONS, Corruption, named
from hourglass.data.tensors import CLASSES, Images, Inputs, Kept, as_input, as_stored

__all__ = ["CLASSES", "CORRUPTIONS", "Corruption", "Images", "Inputs", "Kept", "as_input", "as_stored", "named"]
