"""The whole pipeline on colour images without labels that are not square: what needs labels is absent."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from repository import FORKING, of_this_tree, stages_of

pytestmark = pytest.mark.slow

VARIANTS = ("linear", "denoising_vae")
NEED_LABELS = ("label_accuracy", "prediction_agreement", "wrong_class", "knn", "linear_probe", "silhouette")
NEED_LABELS += ("class_means_recognised",)


def test_all_stages_leave_out_what_needs_labels(tmp_path: Path) -> None:
    def change(params: dict[str, Any]) -> None:
        params["data"].update(dataset="folder")
        params["train"]["epochs"] = 1
        params["classifier"]["epochs"] = 1
        params["sgd_variants"].update(images=40, passes={"stochastic": 1, "mini_batch": 1, "full_batch": 1})
        params["variants"] = {name: params["variants"][name] for name in VARIANTS}

    copy = of_this_tree(tmp_path / "hourglass", change)
    draw = np.random.default_rng(0)
    for number in range(80):
        image = np.kron(draw.integers(0, 256, (3, 4, 3), np.uint8), np.ones((8, 4, 1), np.uint8))
        Image.fromarray(image).save(copy.path / f"images/{number}.png")
    (copy.path / "plots/sweep").mkdir(parents=True)  # the output of sweep-pictures
    stages = [stage for stage in stages_of(VARIANTS) if stage != "pictures@linear"]
    copy.done(sys.executable, "-c", FORKING, *stages, "sgd-pictures", "compare")

    rows = copy.json("metrics/compare.json")["variants"]
    for name in VARIANTS:
        assert {"mse", "psnr", "frechet_gaussian", "active_units"} <= rows[name].keys()
        assert not [key for key in rows[name] if key.endswith(NEED_LABELS)]
    pictures = {path.stem for path in (copy.path / "plots/pictures/denoising_vae").glob("*.png")}
    assert {"pairs", "interpolation", "generation", "embedding", "through-training"} <= pictures
    assert not {"confusion", "mixtures"} & pictures
    assert (copy.path / "plots/answers").is_dir()
    text, page = ((copy.path / name).read_text() for name in ("metrics/compare.md", "plots/compare/index.html"))
    assert "The images have no labels" in text
    assert "The images have no labels" in page
    assert "accuracy" not in text.lower()
    assert "need images with labels" in (copy.path / "metrics/answers/index.md").read_text()
