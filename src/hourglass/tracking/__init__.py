"""What MLflow remembers of every training. Nothing outside this folder imports mlflow."""

import os

# MLflow reads these while it is imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")

from hourglass.tracking.registry import Goal, Registered, register_best
from hourglass.tracking.results import add_results
from hourglass.tracking.runs import Training, TrainingRun, training_run

__all__ = ["Goal", "Registered", "Training", "TrainingRun", "add_results", "register_best", "training_run"]
