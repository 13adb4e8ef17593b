"""What is said where there is no time left."""

import pytest

from hourglass.ci.plan import Plan
from hourglass.ci.rerun import too_long
from hourglass.runner.graph import Graph

PLAN = Plan.of(Graph({"train": ()}), ["train"], {}, {"train": {}})


@pytest.mark.parametrize(
    ("minutes", "spent", "said"),
    [
        (40.0, 0.01, "would take about 40 minutes here, more than the 30 of CI_MINUTES; "),
        (20.0, 15.2, "would take about 20 minutes here after the 15 minutes that went before, more than the 30 of "),
        (29.9, 0.2, "would take about 30 minutes here after the 1 minute that went before, more than the 30 of "),
    ],
)
def test_minutes_that_are_gone_are_said(minutes: float, spent: float, said: str) -> None:
    assert said in too_long(PLAN, minutes, 30, spent)
