"""Matplotlib figures of training, reconstructions, latent codes and sweep results."""
