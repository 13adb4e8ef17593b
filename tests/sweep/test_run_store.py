"""Stored training runs of a sweep: loaded whole or not at all."""

from pathlib import Path

import pytest
import torch
from sweeping import HASHES, equal, small
from torch import Tensor

from hourglass.sweep.store import StoredRun, load, save
from hourglass.sweep.trials import trials

STATE: dict[str, Tensor] = {
    "model.weight": torch.arange(6.0).reshape(2, 3),
    "generator.noise": torch.arange(50, dtype=torch.uint8),
    "epoch": torch.tensor(2),
}
EPOCHS = ({"train_mse": 1 / 3, "kl": 1e-30}, {"train_mse": 0.1 + 0.2, "test_mse": 2 / 7})
RESULTS = {"mse": 1 / 3, "active_units": 2, "collapsed": False}
FIRST, SECOND = trials(small({"a": {"variants": ["linear"], "seeds": [0, 1]}}), HASHES)


def is_empty(run: StoredRun) -> bool:
    return not (run.epochs or run.state or run.weights or run.results)


def test_a_run_survives_a_round_trip(tmp_path: Path) -> None:
    save(tmp_path / "new", FIRST, StoredRun(EPOCHS, STATE, {"weight": torch.ones(3)}, {FIRST.key: RESULTS}))
    run = load(tmp_path / "new", FIRST)
    assert tuple(run.epochs) == EPOCHS
    assert equal(run.state, STATE)
    assert equal(run.weights, {"weight": torch.ones(3)})
    assert run.results == {FIRST.key: RESULTS}
    assert is_empty(load(tmp_path / "new", SECOND))


@pytest.mark.parametrize("length", [0, 7, 100, -1])
def test_a_truncated_file_is_reported_and_not_used(
    tmp_path: Path, length: int, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path, FIRST, StoredRun(EPOCHS, STATE))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:length])
    assert is_empty(load(tmp_path, FIRST))
    assert capsys.readouterr().out == f"warning: {file} is damaged; {FIRST.name} restarts\n"


def test_no_flipped_bit_is_used(tmp_path: Path) -> None:
    save(tmp_path, FIRST, StoredRun(EPOCHS, STATE, results={FIRST.key: RESULTS}))
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    for place in range(0, len(content), 3):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        run = load(tmp_path, FIRST)
        whole = tuple(run.epochs) == EPOCHS and equal(run.state, STATE) and run.results == {FIRST.key: RESULTS}
        assert is_empty(run) or whole, place
