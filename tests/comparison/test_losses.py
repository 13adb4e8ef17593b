"""The losses of all variants as one long table."""

from pathlib import Path

from hourglass.comparison import write_losses


def test_every_line_is_one_number_and_a_loss_that_was_not_taken_has_none(tmp_path: Path) -> None:
    path = tmp_path / "made" / "losses.csv"
    linear = [
        {"epoch": "1", "train_mse": "0.5", "test_mse": ""},
        {"epoch": "2", "train_mse": "0.25", "test_mse": "0.3"},
    ]
    pca = [{"epoch": "1", "train_mse": "0.024", "test_mse": "0.0243515228024801"}]
    write_losses({"linear": linear, "pca": pca}, path)
    assert path.read_bytes() == (
        b"variant,epoch,set,mse\n"
        b"linear,1,training,0.5\n"
        b"linear,2,training,0.25\n"
        b"linear,2,test,0.3\n"
        b"pca,1,training,0.024\n"
        b"pca,1,test,0.0243515228024801\n"
    )
    assert [file.name for file in path.parent.iterdir()] == ["losses.csv"]
