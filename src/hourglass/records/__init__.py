"""Typed results of pipeline stages, stored as JSON, CSV, safetensors or zip files."""

from hourglass.records.base import Metrics
from hourglass.records.evaluation import (
    Baselines,
    ClassifierSummary,
    ComparisonSummary,
    CorruptedBaselines,
    DuringTraining,
    Evaluation,
    EvaluationImages,
    PcaBaseline,
)
from hourglass.records.latent import Embedding, InDomainLatent, LatentAnalysis, LatentImages, WorstClass
from hourglass.records.sgd import MethodResults, Study, StudyCurves
from hourglass.records.training import Curve, History, Snapshots, TrainingSummary

__all__ = [
    "Baselines",
    "ClassifierSummary",
    "ComparisonSummary",
    "CorruptedBaselines",
    "Curve",
    "DuringTraining",
    "Embedding",
    "Evaluation",
    "EvaluationImages",
    "History",
    "InDomainLatent",
    "LatentAnalysis",
    "LatentImages",
    "MethodResults",
    "Metrics",
    "PcaBaseline",
    "Snapshots",
    "Study",
    "StudyCurves",
    "TrainingSummary",
    "WorstClass",
]
