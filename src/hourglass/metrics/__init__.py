"""Metrics of models, reconstructions and codes: one registered function per metric.

Example:
    >>> from hourglass import metrics
    >>> metrics.METRICS["psnr"].title
    'PSNR (dB)'
    >>> [metric.key for metric in metrics.columns("codes")][:2]
    ['active_units', 'participation_ratio']
"""

# the order of these imports is the order of the columns
from hourglass.metrics.model import MODEL  # isort: skip
from hourglass.metrics.reconstruction import (  # isort: skip
    EXAMPLE_CORRUPTION,
    IN_DOMAIN,
    RECONSTRUCTION,
    Reconstructions,
    image_errors,
    psnr_from_mse,
    row,
)
from hourglass.metrics.codes import (  # isort: skip
    CODES,
    Codes,
    embedding_knn,
    leave_one_out_predictions,
    neighbours,
    silhouette_of,
)
from hourglass.metrics.generation import EXAMPLE_SAMPLER, class_means_recognised  # isort: skip
from hourglass.metrics.registry import (
    METRICS,
    TABLES,
    Metric,
    Overview,
    Row,
    Score,
    columns,
    glossary,
    headlines,
    overview,
)

__all__ = [
    "CODES",
    "EXAMPLE_CORRUPTION",
    "EXAMPLE_SAMPLER",
    "IN_DOMAIN",
    "METRICS",
    "MODEL",
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
    "embedding_knn",
    "glossary",
    "headlines",
    "image_errors",
    "leave_one_out_predictions",
    "neighbours",
    "overview",
    "psnr_from_mse",
    "row",
    "silhouette_of",
]
