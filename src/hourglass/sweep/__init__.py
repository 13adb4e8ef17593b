"""Sweeps over grids of training runs with Ray: trials, jobs, execution and stored runs."""
