"""Tests of loss curves and their CSV file."""

from pathlib import Path

from hourglass.records import History
from hourglass.report.losses import curves, write_losses

LINEAR = History([1, 2], {"train_mse": [0.5, 0.25], "test_mse": [None, 0.3], "kl": [7.0, 8.0]})
PCA = History([1], {"train_mse": [0.024], "test_mse": [0.0243515228024801]})


def test_an_unmeasured_loss_is_no_point_and_a_closed_form_has_epoch_0() -> None:
    assert curves(LINEAR, closed_form=False) == {"training": [(1, 0.5), (2, 0.25)], "test": [(2, 0.3)]}
    assert curves(PCA, closed_form=True) == {"training": [(0, 0.024)], "test": [(0, 0.0243515228024801)]}


def test_every_line_of_the_file_is_one_measurement(tmp_path: Path) -> None:
    path = tmp_path / "plots" / "losses.csv"
    write_losses({"linear": curves(LINEAR, closed_form=False), "pca": curves(PCA, closed_form=True)}, path)
    assert path.read_bytes() == (
        b"variant,epoch,set,mse\n"
        b"linear,1,training,0.5\n"
        b"linear,2,training,0.25\n"
        b"linear,2,test,0.3\n"
        b"pca,0,training,0.024\n"
        b"pca,0,test,0.0243515228024801\n"
    )
