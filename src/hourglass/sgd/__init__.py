"""Stochastic, mini-batch and full-batch gradient descent, compared on one network."""

from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement, methods, one_thread, subset
from hourglass.sgd.study import Outcome, Timing, study

__all__ = [
    "Method",
    "Outcome",
    "Point",
    "Split",
    "Timing",
    "descend",
    "gradient_agreement",
    "methods",
    "one_thread",
    "study",
    "subset",
]
