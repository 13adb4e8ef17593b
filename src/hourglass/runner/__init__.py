"""Parallel alternative to `dvc repro` that runs several out-of-date stages at a time."""
