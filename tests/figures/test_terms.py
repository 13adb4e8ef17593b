"""What a variational loss is made of, drawn."""

import pytest

from hourglass.figures.terms import has_terms, loss_terms
from hourglass.records import History

COLUMNS = {
    "train_mse": [0.2, 0.1, 0.1],
    "train_reconstruction": [300.0, 250.0, 240.0],
    "train_kl": [5.0, 10.0, 12.0],
    "test_reconstruction": [None, 260.0, 250.0],
    "test_kl": [None, 11.0, 13.0],
}


def test_each_term_and_their_sum_has_a_panel() -> None:
    figure = loss_terms(History([1, 2, 3], COLUMNS), "v: what the loss is made of")
    shown = [[line.get_xydata().tolist() for line in ax.lines] for ax in figure.axes]  # type: ignore[attr-defined]
    assert shown == [
        [[[1, 300], [2, 250], [3, 240]], [[2, 260], [3, 250]]],
        [[[1, 5], [2, 10], [3, 12]], [[2, 11], [3, 13]]],
        [[[1, 305], [2, 260], [3, 252]], [[2, 271], [3, 263]]],
    ]
    assert [ax.get_xlabel() for ax in figure.axes] == ["epoch"] * 3
    assert figure.axes[0].get_ylabel() == "nats per image"


@pytest.mark.parametrize("missing", ["test_kl", "train_reconstruction"])
def test_other_losses_have_none(missing: str) -> None:
    assert has_terms(History([1, 2, 3], COLUMNS))
    assert not has_terms(History([1, 2, 3], {name: COLUMNS[name] for name in COLUMNS if name != missing}))
