"""dvc.lock has the order that `dvc repro` gives it, whichever stage ended first."""

from pathlib import Path

import pytest

from hourglass.runner import lockfile

HEAD = "schema: '2.0'\nstages:\n"
ENTRIES = {
    "prepare": "  prepare:\n    cmd: python prepare.py\n    outs:\n    - path: data\n      md5: a1\n      size: 1\n",
    "train@a": "  train@a:\n    cmd: train a\n    deps:\n    - path: data\n    outs:\n    - path: a\n      md5: b2\n",
    "train@b": "  train@b:\n    cmd: python train.py b\n    outs:\n    - path: b\n      md5: c3\n",
    "compare": "  compare:\n    cmd: python compare.py\n",
}
ORDER = list(ENTRIES)
DATASETS = "datasets:\n- name: photos\n  url: s3://photos\n"


def lock(*stages: str) -> str:
    return HEAD + "".join(ENTRIES[stage] for stage in stages)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", lock("prepare", "train@b", "train@a", "compare"), lock(*ORDER)),
        (  # present entries keep their places, also of a removed stage
            lock("compare", "train@b"),
            lock("compare", "train@b", "train@a", "prepare"),
            lock("compare", "train@b", "prepare", "train@a"),
        ),
        ("", DATASETS + lock("train@b", "train@a"), DATASETS + lock("train@a", "train@b")),
        ("", lock("train@b", "train@a") + DATASETS, lock("train@a", "train@b") + DATASETS),
        ("", "schema: '2.0'\nstages: {}\n", "schema: '2.0'\nstages: {}\n"),
        ("", "", ""),
    ],
)
def test_entries_are_sorted(
    before: str, after: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".dvc/tmp").mkdir(parents=True)
    lockfile.PATH.write_text(after)
    lockfile.sort(before, ORDER)
    assert lockfile.PATH.read_text() == expected


def test_half_a_file_has_no_other_outputs_than_the_whole_one() -> None:
    whole = lockfile.outputs(lock("train@b"), "train@b")
    assert whole == [{"path": "b", "md5": "c3"}]
    assert lockfile.outputs(lock("compare"), "compare") is lockfile.outputs(lock("compare"), "train@b") is None
    for end in range(len(lock("train@b"))):
        outputs = lockfile.outputs(lock("train@b")[:end], "train@b")
        assert outputs is None or outputs[0].keys() <= whole[0].keys()
