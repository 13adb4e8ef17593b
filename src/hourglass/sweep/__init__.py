"""Grids of training runs on Ray: what to train, where it runs, and what is stored of it."""
