"""Stochastic, mini-batch and full-batch gradient descent: one network trained in the three ways, and what it shows."""

from hourglass.sgd.descent import Method, Point, Split, descend, gradient_agreement, methods, one_thread, subset
from hourglass.sgd.figures import Agreement, Descent, figures, timed_figures
from hourglass.sgd.findings import findings, timed_findings
from hourglass.sgd.study import Outcome, save_passes, study

__all__ = [
    "Agreement",
    "Descent",
    "Method",
    "Outcome",
    "Point",
    "Split",
    "descend",
    "figures",
    "findings",
    "gradient_agreement",
    "methods",
    "one_thread",
    "save_passes",
    "study",
    "subset",
    "timed_figures",
    "timed_findings",
]
