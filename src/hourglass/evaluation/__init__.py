"""Evaluation of trained models and baselines on the test set."""

from hourglass.evaluation.anomalies import one_class_metrics
from hourglass.evaluation.baselines import baselines
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.evaluate import evaluate
from hourglass.evaluation.likelihood import negative_log_likelihood
from hourglass.evaluation.measure import Measurements, measure

__all__ = [
    "EvaluationData",
    "Measurements",
    "baselines",
    "evaluate",
    "measure",
    "negative_log_likelihood",
    "one_class_metrics",
]
