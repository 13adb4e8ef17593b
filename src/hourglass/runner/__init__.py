"""Parallel version of `dvc repro` that runs out-of-date stages on all cores and starts the longest chains first."""
