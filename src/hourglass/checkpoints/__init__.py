"""Checkpoints of unfinished training runs, written after each epoch and removed at the end."""

from hourglass.checkpoints.checkpoint import Checkpoint, checkpoint
from hourglass.checkpoints.identity import identity

__all__ = ["Checkpoint", "checkpoint", "identity"]
