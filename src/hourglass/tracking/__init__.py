"""What MLflow remembers of every training. Nothing outside this folder imports mlflow."""

import os

# MLflow reads these while it is imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")

from hourglass.tracking.runs import Training, TrainingRun, add_results, training_run
from hourglass.tracking.store import experiment_page

__all__ = ["Training", "TrainingRun", "add_results", "experiment_page", "training_run"]
