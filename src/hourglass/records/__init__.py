"""What one stage hands to the next: typed, saved and loaded whole.

Numbers are JSON or CSV under `metrics/` and `plots/`, images and codes safetensors under `data/`. A record that is
missing or damaged is a UserError that names the file and the command which makes it.
"""

from hourglass.records.comparison import ComparisonSummary
from hourglass.records.evaluation import (
    Baselines,
    ClassifierSummary,
    CodeScores,
    Corrupted,
    Cost,
    Evaluation,
    EvaluationImages,
    OwnInput,
    PcaScores,
    Scores,
    ThroughTraining,
)
from hourglass.records.latent import CodesDecoded, LatentAnalysis, LatentImages, LeastTold, Organised, OwnCodes
from hourglass.records.sgd import MethodFigures, Study, StudyCurves
from hourglass.records.training import Curve, History, Snapshots, TrainingSummary

__all__ = [
    "Baselines",
    "CodeScores",
    "CodesDecoded",
    "ComparisonSummary",
    "Corrupted",
    "Cost",
    "Curve",
    "Evaluation",
    "EvaluationImages",
    "History",
    "ClassifierSummary",
    "LatentAnalysis",
    "LatentImages",
    "LeastTold",
    "MethodFigures",
    "Organised",
    "OwnCodes",
    "OwnInput",
    "PcaScores",
    "Scores",
    "Study",
    "StudyCurves",
    "ThroughTraining",
    "Snapshots",
    "TrainingSummary",
]
