"""Hyperparameter sweeps with Ray: trials, jobs, their execution, and stored training runs."""
