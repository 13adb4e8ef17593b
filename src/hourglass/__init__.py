"""A reproducible pipeline that trains, evaluates and compares autoencoders."""
