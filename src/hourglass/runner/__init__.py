"""Parallel version of `dvc repro` that runs out-of-date stages on all cores, starting with the longest chain."""
