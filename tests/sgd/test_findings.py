"""The sentences follow the figures, however they turn out."""

from hourglass import sgd
from hourglass.records import Study
from hourglass.sgd import Descent


def study(descents: dict[str, Descent], target: float = 0.4) -> Study:
    return Study(
        images=100,
        common_passes=4,
        mean_image_mse=0.8,
        target_mse=target,
        methods=sgd.figures(descents, target),
        findings=(),
    )


def test_the_first_sentences_say_what_all_rests_on_and_how_far_each_way_came(descents: dict[str, Descent]) -> None:
    basis, how_far = sgd.findings(study(descents))[:2]
    assert basis.startswith("All this rests on one network, one seed and 100 images")
    assert "a training loss of 0.4000, 0.5 times the 0.8000 of the mean image" in basis
    assert how_far == (
        "After 4 passes each, the training losses are 0.1000 (stochastic), 0.2000 (mini-batch), 0.5000 (full-batch); "
        "in the end they are 0.1000 (stochastic, 4 passes, 400 updates), 0.2500 (mini-batch, 5 passes, 50 updates), "
        "0.2000 (full-batch, 7 passes, 7 updates)."
    )


def test_each_way_has_one_advantage_and_one_disadvantage(descents: dict[str, Descent]) -> None:
    assert sgd.findings(study(descents))[2:] == [
        "Stochastic gradient descent has the advantage of the fewest passes over the images to the target: "
        "1 against 2 (mini-batch) and 5 (full-batch).",
        "Stochastic gradient descent has the disadvantage of the most updates to the target: "
        "100 against 20 (mini-batch) and 5 (full-batch).",
        "Mini-batch gradient descent has the advantage that it comes before full-batch in the passes over the images "
        "to the target: 2 against 5 (full-batch).",
        "Mini-batch gradient descent has the disadvantage that it comes after stochastic in the passes over the images "
        "to the target: 2 against 1 (stochastic).",
        "Full-batch gradient descent has the advantage of the fewest updates to the target: "
        "5 against 100 (stochastic) and 20 (mini-batch).",
        "Full-batch gradient descent has the disadvantage of the most passes over the images to the target: "
        "5 against 1 (stochastic) and 2 (mini-batch).",
    ]


def test_sentences_turn_round_with_the_figures(descents: dict[str, Descent]) -> None:
    descents["stochastic"], descents["full-batch"] = descents["full-batch"], descents["stochastic"]
    found = sgd.findings(study(descents))[2:]
    assert (
        "Stochastic gradient descent has the disadvantage of the most passes over the images to the target" in found[1]
    )
    assert (
        "Full-batch gradient descent has the advantage of the fewest passes over the images to the target" in found[4]
    )
    assert "Full-batch gradient descent has the disadvantage of the most updates to the target: 100" in found[5]


def test_a_target_that_is_not_reached_is_behind_all_that_reach_it(descents: dict[str, Descent]) -> None:
    found = sgd.findings(study(descents, target=0.15))[2:]
    assert found[0].endswith(
        "fewest passes over the images to the target: 4 against never (mini-batch) and never (full-batch)."
    )
    assert found[3].endswith(
        "comes after stochastic in the passes over the images to the target: never against 4 (stochastic)."
    )
    # neither mini-batch nor full-batch is the last alone
    assert (
        "full-batch gradient descent has the disadvantage of the highest training loss after as many"
        in found[5].lower()
    )


def test_nothing_is_said_where_nothing_differs(descents: dict[str, Descent]) -> None:
    same = study(descents)
    row = same.methods["mini-batch"]
    found = sgd.findings(same.model_copy(update={"methods": dict.fromkeys(descents, row)}))
    assert found[2] == "Stochastic gradient descent has no advantage in these figures."
    assert found[7] == "Full-batch gradient descent has no disadvantage in these figures."


def test_the_clock_has_sentences_of_its_own(descents: dict[str, Descent]) -> None:
    found = sgd.timed_findings(sgd.timed_figures(descents, count=100, target=0.4))
    assert found[2] == (
        "By the clock, mini-batch gradient descent has the advantage of the fewest CPU seconds to the target: "
        "2 against 5 (stochastic) and 2.5 (full-batch)."
    )
    assert found[4].endswith("the most images per second: 200 against 20 (stochastic) and 100 (mini-batch).")
    never = sgd.timed_findings(sgd.timed_figures(descents, count=100, target=0.15))
    assert never[0].endswith(
        "the fewest CPU seconds to the target: 20 against never (mini-batch) and never (full-batch)."
    )
