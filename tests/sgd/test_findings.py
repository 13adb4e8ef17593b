"""The sentences follow the figures, however they turn out."""

from hourglass import sgd
from hourglass.sgd import Descent


def rows(descents: dict[str, Descent]) -> dict[str, dict[str, float]]:
    return {name: row.model_dump() for name, row in sgd.figures(descents).items()}


def test_sentences_name_both_sides_of_each_way(descents: dict[str, Descent]) -> None:
    found = sgd.findings(rows(descents), 4)
    assert len(found) == 6
    good, bad = found[0], found[1]
    assert good == (
        "Over 4 passes, stochastic gradient descent has the advantage of the lowest training loss, 0.1000 against "
        "0.2000 (mini-batch) and 0.5000 (full-batch)."
    )
    assert "disadvantage of the highest number of updates to the loss that all three reach, 100 against 20" in bad
    assert "the highest sum of all rises of the training loss from pass to pass, 0.0500 against 0.0000" in bad
    assert (
        "mini-batch gradient descent has the disadvantage that it comes after stochastic in the training loss"
        in found[3]
    )
    assert "full-batch gradient descent has the disadvantage of the highest training loss, 0.5000" in found[5]


def test_sentences_turn_round_with_the_figures(descents: dict[str, Descent]) -> None:
    figures = rows(descents)
    figures["stochastic"], figures["full-batch"] = figures["full-batch"], figures["stochastic"]
    found = sgd.findings(figures, 4)
    assert "stochastic gradient descent has the disadvantage of the highest training loss, 0.5000" in found[1]
    assert "full-batch gradient descent has the advantage of the lowest training loss, 0.1000" in found[4]
    assert "the highest number of updates to the loss that all three reach, 100 against 4 (stochastic)" in found[5]


def test_nothing_is_said_where_nothing_differs(descents: dict[str, Descent]) -> None:
    row = rows(descents)["mini-batch"]
    found = sgd.findings(dict.fromkeys(descents, row), 4)
    assert found[0] == "Over 4 passes, stochastic gradient descent has no advantage in these figures."
    assert found[5] == "Over 4 passes, full-batch gradient descent has no disadvantage in these figures."


def test_the_clock_has_sentences_of_its_own(descents: dict[str, Descent]) -> None:
    found = sgd.timed_findings(sgd.timed_figures(descents, count=100))
    assert "By the clock, stochastic gradient descent has no advantage in these figures." in found
    assert "full-batch gradient descent has the advantage of" in found[4]
    assert "the highest number of images per second, 200 against 20 (stochastic) and 100 (mini-batch)" in found[4]
