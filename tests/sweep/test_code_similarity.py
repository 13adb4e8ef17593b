"""Similarity of codes over seeds: which runs are compared, and which results are kept."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import pytest
import torch
from shapes import IMAGE
from sweeping import HASHES, small
from torch import Tensor

from hourglass import models
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.records.similarity import SeedSimilarity, load, save
from hourglass.stats import code_similarity
from hourglass.sweep import store
from hourglass.sweep.similarity import similarities
from hourglass.sweep.store import StoredRun
from hourglass.sweep.trials import Trial, trials

PLAIN = {"seeds": [0, 1], "epochs": None}
GRIDS = {
    "sheets": {"variants": ["linear", "denoising", "pca"], **PLAIN},
    "more_seeds": {"variants": ["linear"], **PLAIN, "seeds": [5]},
    "short": {"variants": ["strided"]},  # overrides epochs
}
TRIALS = trials(small(GRIDS), HASHES)
ROW = SeedSimilarity(dataset="digits", first="a", second="b", n=2, cka=1 / 3, overlap=0.1 + 0.2, key="0")


def trained(trial: Trial) -> models.Model:
    """Return a network with random weights in the place of trained ones."""
    torch.manual_seed(trial.settings.seed)
    model = models.build(trial.settings.network, IMAGE, trial.settings.seed)
    if trial.settings.train is None:
        model.load_state_dict({name: torch.randn_like(value) for name, value in model.state_dict().items()})
    return model.eval()


def stored(folder: Path, planned: Sequence[Trial] = TRIALS) -> Path:
    for trial in planned:
        store.save(folder, trial, StoredRun(weights=trained(trial).state_dict()))
    return folder


def codes(variant: str, seed: int, images: Images) -> Tensor:
    (trial,) = (one for one in TRIALS if (one.variant, one.settings.seed) == (variant, seed))
    return models.encode(trained(trial), images.images[:1000])


def test_every_pair_of_variants_is_compared_over_seeds(digits: Images, tmp_path: Path) -> None:
    rows = similarities(TRIALS, stored(tmp_path), {"digits": digits})
    assert [(row.first, row.second, row.n) for row in rows] == [
        ("linear", "linear", 2),  # seeds 0 and 1, 1 and 5
        ("linear", "denoising", 2),  # seeds 0 and 1
        ("linear", "pca", 3),
        ("linear", "pixels", 3),
        ("denoising", "denoising", 1),
        ("denoising", "pca", 2),
        ("denoising", "pixels", 2),
        ("pca", "pixels", 1),
    ]
    between = [code_similarity(codes("linear", seed, digits), codes("denoising", seed, digits)) for seed in (0, 1)]
    cka, overlap = [one.cka for one in between], [one.overlap for one in between]
    assert (rows[1].cka, rows[1].overlap) == pytest.approx((fmean(cka), fmean(overlap)))
    assert (rows[1].cka_sd, rows[1].overlap_sd) == pytest.approx((stdev(cka), stdev(overlap)))
    pixels = code_similarity(codes("pca", 0, digits), to_float(digits.images[:1000]).flatten(1))
    assert (rows[-1].cka, rows[-1].overlap) == pytest.approx((pixels.cka, pixels.overlap))
    assert (rows[-1].cka_sd, rows[-1].overlap_sd) == (None, None)


def test_runs_without_weights_are_left_out_and_earlier_results_kept(digits: Images, tmp_path: Path) -> None:
    test = {"digits": digits}
    full = similarities(TRIALS, stored(tmp_path / "all"), test)
    some = similarities(TRIALS, stored(tmp_path / "some", TRIALS[:1]), test)
    assert [(row.first, row.second, row.n) for row in some] == [("linear", "pixels", 1)]
    assert similarities(TRIALS, tmp_path / "some", test, full) == full
    assert similarities(TRIALS, tmp_path / "all", test, some) == full
    other = [replace(trial, images={}) for trial in TRIALS]  # other training runs
    assert similarities(other, tmp_path / "none", test, full) == []


def test_a_table_survives_saving_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "similarity.csv"
    assert load(path) == []
    rows = [ROW, ROW.model_copy(update={"cka_sd": 0.1, "overlap_sd": 0.0})]
    save(rows, path)
    assert load(path) == rows
    text = path.read_text()
    for before, after in (("digits,a,b,2", "digits,a,b,two"), ("n,cka", "n,cosine"), ("\n", "")):
        path.write_text(text.replace(before, after))
        message = r"similarity\.csv is not a table of similarities \(.+\); `git checkout \S+`"
        with pytest.raises(UserError, match=message) as caught:
            load(path)
        assert len(str(caught.value).splitlines()) == 1
