"""Stochastic, mini-batch and full-batch gradient descent, compared on one network."""

from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement
from hourglass.sgd.study import Outcome, study

__all__ = ["Method", "Outcome", "Point", "Split", "descend", "gradient_agreement", "study"]
