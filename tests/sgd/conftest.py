"""Three descents with known curves."""

import pytest

from hourglass.sgd import Agreement, Descent, Method, Point


def descent(name: str, per_pass: int, losses: list[float], seconds: float, trained: float) -> Descent:
    points = [Point(n * per_pass, float(n), loss, loss + 0.01, n * seconds) for n, loss in enumerate(losses)]
    method = Method(name, 100 // per_pass, 0.1, passes=len(losses) - 1)
    return Descent(method, points, Agreement(initial=trained / 2, trained=trained))


@pytest.fixture
def descents() -> dict[str, Descent]:
    return {
        "stochastic": descent("stochastic", 100, [0.9, 0.3, 0.2, 0.25, 0.1], 5.0, 0.1),
        "mini-batch": descent("mini-batch", 10, [0.9, 0.6, 0.4, 0.3, 0.2, 0.25], 1.0, 0.6),
        "full-batch": descent("full-batch", 1, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], 0.5, 1.0),
    }
