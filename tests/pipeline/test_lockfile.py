"""dvc.lock does not tell in which order stages ended."""

import yaml

from hourglass.runner import lockfile

HEAD = "schema: '2.0'\nstages:\n"
ENTRIES = {
    "prepare": "  prepare:\n    cmd: python prepare.py\n    outs:\n    - path: data\n      md5: a1\n      size: 1\n",
    "train@a": "  train@a:\n    cmd: train a\n    deps:\n    - path: data\n    outs:\n    - path: a\n      md5: b2\n",
    "train@b": "  train@b:\n    cmd: python train.py b\n    outs:\n    - path: b\n      md5: c3\n",
    "compare": "  compare:\n    cmd: python compare.py\n",
}
ORDER = list(ENTRIES)


def _lock(*stages: str) -> str:
    return HEAD + "".join(ENTRIES[stage] for stage in stages)


def test_new_entries_come_in_the_order_of_the_graph() -> None:
    assert lockfile.in_order("", _lock("prepare", "train@b", "train@a", "compare"), ORDER) == _lock(*ORDER)


def test_entries_that_were_there_stay_where_they_were() -> None:
    before = _lock("compare", "prepare")
    after = _lock("compare", "prepare", "train@b", "train@a")
    assert lockfile.in_order(before, after, ORDER) == _lock("compare", "prepare", "train@a", "train@b")


def test_an_entry_of_a_stage_that_is_gone_stays() -> None:
    before = _lock("train@b", "prepare")
    order = [stage for stage in ORDER if stage != "train@b"]
    assert lockfile.in_order(before, _lock("train@b", "prepare", "compare", "train@a"), order) == _lock(
        "train@b", "prepare", "train@a", "compare"
    )


def test_what_is_no_stage_stays_in_place() -> None:
    datasets = "datasets:\n- name: photos\n  url: s3://photos\n"
    for text in (_lock("train@b", "train@a") + datasets, datasets + _lock("train@b", "train@a")):
        ordered = lockfile.in_order("", text, ORDER)
        assert yaml.safe_load(ordered) == yaml.safe_load(text)
        assert ordered == text.replace(_lock("train@b", "train@a"), _lock("train@a", "train@b"))


def test_a_file_without_stages_is_left_alone() -> None:
    assert lockfile.in_order("", "", ORDER) == ""
    assert lockfile.in_order("", "schema: '2.0'\nstages: {}\n", ORDER) == "schema: '2.0'\nstages: {}\n"


def test_outputs_of_a_stage() -> None:
    text = _lock(*ORDER)
    assert lockfile.outputs(text, "train@a") == [{"path": "a", "md5": "b2"}]
    assert lockfile.outputs(text, "compare") is None
    assert lockfile.outputs(text, "train@c") is None


def test_half_a_file_has_no_more_outputs_than_the_whole_one() -> None:
    whole = lockfile.outputs(_lock("train@b"), "train@b")
    for end in range(len(_lock("train@b"))):
        found = lockfile.outputs(_lock("train@b")[:end], "train@b")
        assert found is None or found[0].keys() <= whole[0].keys()
