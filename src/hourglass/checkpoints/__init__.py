"""What a killed training goes on from: written after every epoch, outside DVC's outputs, removed when all is done."""

from hourglass.checkpoints.checkpoint import Checkpoint, Saved, checkpoint

__all__ = ["Checkpoint", "Saved", "checkpoint"]
