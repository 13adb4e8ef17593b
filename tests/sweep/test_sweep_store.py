"""What is kept of a sweep's trainings is found again whole, or not at all."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sweeping import HASHES, small

from hourglass.sweep.store import Kept, Store
from hourglass.sweep.trials import Trial, trials
from hourglass.sweep.work import Arrays
from hourglass.training import EpochRecord

STATE: Arrays = {
    "model.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "generator.noise": np.arange(50, dtype=np.uint8),
    "epoch": np.array(2),
}
RECORDS = (EpochRecord(1, 1 / 3, {"kl": 0.1}, None, 1000.5), EpochRecord(2, 0.1 + 0.2, {"kl": 1e-30}, 2 / 7, 99.25))
RESULTS = {"mse": 1 / 3, "active_units": 2, "collapsed": False}


def two() -> Sequence[Trial]:
    return trials(small({"a": {"variants": ["linear"], "seeds": [0, 1]}}), HASHES)


def same(one: Arrays, other: Arrays) -> bool:
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype and np.array_equal(one[name], other[name]) for name in one
    )


def nothing_of(kept: Kept) -> bool:
    return not (kept.records or kept.state or kept.weights or kept.results)


def test_all_that_is_kept_is_found_again(tmp_path: Path) -> None:
    store, (trial, other) = Store(tmp_path / "new"), two()
    store.save(trial, Kept(RECORDS, STATE, {"weight": np.ones(3, np.float32)}, {trial.key: RESULTS}))
    found = Store(tmp_path / "new").load(trial)
    assert tuple(found.records) == RECORDS
    assert same(found.state, STATE)
    assert same(found.weights, {"weight": np.ones(3, np.float32)})
    assert found.results == {trial.key: RESULTS}
    assert found.results[trial.key]["collapsed"] is False
    assert nothing_of(store.load(other))


def test_measuring_otherwise_finds_the_weights_of_the_same_training(tmp_path: Path) -> None:
    store, (trial, _) = Store(tmp_path), two()
    store.save(trial, Kept(RECORDS, weights=STATE, results={trial.key: RESULTS}))
    measured = small({"a": {"variants": ["linear"]}}, noise=(0.5,))
    (again,) = trials(measured, HASHES)
    found = store.load(again)
    assert same(found.weights, STATE)
    assert again.key not in found.results
    store.save(again, Kept(found.records, weights=found.weights, results={**found.results, again.key: RESULTS}))
    assert set(store.load(trial).results) == {trial.key, again.key}


@pytest.mark.parametrize("left", [0, 7, 100, -1])
def test_a_file_that_is_cut_off_is_said_and_not_used(
    tmp_path: Path, left: int, capsys: pytest.CaptureFixture[str]
) -> None:
    store, (trial, _) = Store(tmp_path), two()
    store.save(trial, Kept(RECORDS, STATE))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:left])
    assert nothing_of(store.load(trial))
    assert capsys.readouterr().out == f"warning: {file} is damaged, so that {trial.name} begins anew\n"


def test_no_flipped_bit_is_picked_up(tmp_path: Path) -> None:
    store, (trial, _) = Store(tmp_path), two()
    store.save(trial, Kept(RECORDS, STATE, results={trial.key: RESULTS}))
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    for place in range(0, len(content), 3):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        found = store.load(trial)
        whole = tuple(found.records) == RECORDS and same(found.state, STATE) and found.results == {trial.key: RESULTS}
        assert nothing_of(found) or whole, place


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, (trial, _) = Store(tmp_path), two()
    store.save(trial, Kept(RECORDS[:1], STATE))

    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            store.save(trial, Kept(RECORDS, STATE))
    assert tuple(store.load(trial).records) == RECORDS[:1]
    assert len(list(tmp_path.iterdir())) == 1
