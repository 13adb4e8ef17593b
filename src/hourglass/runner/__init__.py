"""Parallel version of `dvc repro`: runs the stages that are out of date on all cores, longest stages first."""
