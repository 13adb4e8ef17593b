"""MLflow tracking: runs, registered models and user interface. No other package of the project imports MLflow."""

import os

# read by MLflow when it is imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")

from hourglass.tracking.registry import register
from hourglass.tracking.runs import Run, RunInfo, start_run
from hourglass.tracking.variants import log_pictures, log_record, log_training, variant_run

__all__ = [
    "Run",
    "RunInfo",
    "log_pictures",
    "log_record",
    "log_training",
    "register",
    "start_run",
    "variant_run",
]
