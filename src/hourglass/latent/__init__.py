"""What the codes look like."""

from hourglass.latent.embedding import leave_one_out_accuracy, organisation, tsne

__all__ = ["leave_one_out_accuracy", "organisation", "tsne"]
