"""Registered metrics of models, reconstructions, latent codes and anomaly scores.

Example:
    >>> from hourglass import metrics
    >>> metrics.METRICS["psnr"].title
    'PSNR (dB)'
    >>> [metric.key for metric in metrics.columns("codes")][:2]
    ['active_units', 'participation_ratio']
"""

# the order of these imports is the order of the columns
from hourglass.metrics.model import MODEL  # isort: skip
from hourglass.metrics.reconstruction import IN_DOMAIN, RECONSTRUCTION, Reconstructions, image_errors, psnr_from_mse  # isort: skip
from hourglass.metrics.reconstruction import row  # isort: skip
from hourglass.metrics.codes import CODES, Codes  # isort: skip
from hourglass.metrics.generation import class_means_recognised  # isort: skip
from hourglass.metrics.anomalies import OUTLIERS, detection  # isort: skip
from hourglass.metrics.registry import METRICS, TABLES, Metric, Overview, Row, Score, columns, glossary, overview

__all__ = [
    "CODES",
    "IN_DOMAIN",
    "METRICS",
    "MODEL",
    "OUTLIERS",
    "RECONSTRUCTION",
    "TABLES",
    "Codes",
    "Metric",
    "Overview",
    "Reconstructions",
    "Row",
    "Score",
    "class_means_recognised",
    "columns",
    "detection",
    "glossary",
    "image_errors",
    "overview",
    "psnr_from_mse",
    "row",
]
