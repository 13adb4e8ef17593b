"""Continuous integration: rerun the stages that a change affects, and report what changed."""
