"""A reproducible laboratory for autoencoders."""
