"""Typed, validated settings from params.yaml, and the settings of each pipeline stage."""
