"""The comparison in one picture."""

from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox
from tidy import boxes

from hourglass import metrics
from hourglass.figures.overview import BEST, EACH, MEAN, PLAIN, overview
from hourglass.metrics import Glance, Metric

NAMES = ("linear", "convolutional_denoising", "denoising_vae", "strided")
ROWS = {
    "linear": {"latent": 8, "mse": 0.02, "gaussian": 15.0, "knn": 0.786, "frechet_gaussian": 28.9},
    "convolutional_denoising": {
        "latent": 10,
        "mse": 0.04,
        "gaussian": 18.04,
        "knn": 0.8551,
        "frechet_gaussian": 1234.5,
    },
    "denoising_vae": {"latent": 10, "mse": 0.01, "gaussian": 18.01, "knn": 0.839, "frechet_gaussian": 19.5},
    "strided": {"latent": 2, "mse": 0.03, "gaussian": 13.5, "knn": 0.8552, "frechet_gaussian": 8.5},
}

TRAINED = {name: {key: [value] for key, value in row.items()} for name, row in ROWS.items()}
PANELS = [(metric.key, metric.glance) for metric in metrics.METRICS if metric.glance]


def _images(number: int) -> torch.Tensor:
    return torch.full((10, 28, 28), 51 * (number + 1), dtype=torch.uint8)


def _overview(*names: str) -> Figure:
    originals = torch.full((10, 28, 28), 255, dtype=torch.uint8)
    return overview(originals, {name: _images(NAMES.index(name)) for name in names}, TRAINED, "digits: everything")


def _dots(figure: Figure, size: float = MEAN) -> list[Line2D]:
    """The dots of a size, panel by panel from top to bottom."""
    return [line for line in figure.axes[0].lines if line.get_marker() == "o" and line.get_markersize() == size]


def _place(dots: Line2D) -> float:
    (place,) = dots.get_xdata()
    return float(place)


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_variant_has_its_name_its_latent_dim_and_its_numbers() -> None:
    texts = _texts(_overview(*NAMES))
    assert [text for text in texts if text in NAMES] == list(NAMES)
    assert [text for text in texts if text.startswith("code of")] == [f"code of {size}" for size in (8, 10, 10, 2)]
    for key, glance in PANELS:
        first = texts.index(glance.heading) + 2
        assert texts[first : first + len(NAMES)] == [format(ROWS[name][key], glance.format) for name in NAMES]
        assert any(glance.caption in text.replace("\n", " ") for text in texts)
    assert len(PANELS) == 4


def test_dots_lie_where_the_numbers_say_between_the_least_and_the_greatest() -> None:
    figure = _overview(*NAMES)
    axes = [line for line in figure.axes[0].lines if line.get_marker() == "None" and line.get_zorder() == 1]
    for number, (key, _) in enumerate(PANELS):
        own = slice(number * len(NAMES), (number + 1) * len(NAMES))
        places = [_place(dot) for dot in _dots(figure)[own]]
        values = [ROWS[name][key] for name in NAMES]
        (ends,) = {tuple(line.get_xdata()) for line in axes[own]}
        assert (min(places), max(places)) == pytest.approx(ends)
        shares = [(value - min(values)) / (max(values) - min(values)) for value in values]
        assert [(place - ends[0]) / (ends[1] - ends[0]) for place in places] == pytest.approx(shares)
    assert not any(len(dot.get_xdata()) for dot in _dots(figure, EACH))
    assert "One training each." in figure.axes[0].texts[1].get_text().replace("\n", " ")


def test_of_several_trainings_the_mean_is_shown_and_each_is_a_small_dot() -> None:
    several = TRAINED | {"linear": {key: [value - 1, value, value + 4] for key, value in ROWS["linear"].items()}}
    figure = overview(_images(4), {name: _images(NAMES.index(name)) for name in NAMES}, several, "digits")
    mean, each = _dots(figure)[0], _dots(figure, EACH)[0]
    low, middle, high = each.get_xdata()
    assert low < middle < _place(mean) < high
    assert (high - middle) / (middle - low) == pytest.approx(4)
    texts = _texts(figure)
    assert texts[texts.index("test MSE") + 2] == "1.0200"
    assert "mean of up to 3 trainings" in texts[1].replace("\n", " ")


def test_the_best_of_each_is_blue_at_the_right_end_and_what_looks_equal_is_blue_together() -> None:
    figure = _overview(*NAMES)
    blue = [dot.get_color() == BEST for dot in _dots(figure)]
    expected = [
        {"denoising_vae"},
        {"convolutional_denoising", "denoising_vae"},
        {"convolutional_denoising", "strided"},
        {"strided"},
    ]
    assert blue == [name in best for best in expected for name in NAMES]
    bold = {text.get_text() for text in figure.axes[0].texts if text.get_color() == BEST}
    assert bold == {"0.0100", "18.0", "85.5%", "8.5"}


def test_a_figure_of_which_neither_end_is_better_has_dots_but_no_best(monkeypatch: pytest.MonkeyPatch) -> None:
    size = Metric("latent", "x", "x", "d", lambda e, a, b: 0, "codes", glance=Glance("code size", ".0f"))
    monkeypatch.setattr(metrics, "METRICS", (size,))
    figure = _overview(*NAMES)
    assert [dot.get_color() for dot in _dots(figure)] == [PLAIN] * len(NAMES)
    texts = _texts(figure)
    assert texts[texts.index("code size") :][:6] == ["code size", "", "8", "10", "10", "2"]


def test_originals_are_above_what_the_variants_make_of_them_all_on_one_scale() -> None:
    strips = _overview(*NAMES).axes[0].images
    assert [float(strip.get_array()[0, 0]) for strip in strips] == pytest.approx([1, 0.2, 0.4, 0.6, 0.8])  # type: ignore[index]
    assert {strip.get_clim() for strip in strips} == {(0, 1)}
    tops = [strip.get_extent()[3] for strip in strips]
    assert tops == sorted(tops)


@pytest.mark.parametrize("names", [("linear",), NAMES])
def test_nothing_covers_anything_and_nothing_leaves_the_picture(names: tuple[str, ...]) -> None:
    figure = _overview(*names)
    found: list[tuple[str, Any]] = boxes(figure)[1:]  # without the axes, on which all of it lies
    found += [("image", image.get_window_extent()) for image in figure.axes[0].images]
    found += [("dot", dot.get_window_extent()) for dot in _dots(figure)]
    for number, (text, box) in enumerate(found):
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text
        for other, beside in found[number + 1 :]:
            overlap = Bbox.intersection(box, beside)
            assert overlap is None or min(overlap.width, overlap.height) < 1.5, (text, other)


def test_it_is_as_wide_as_a_readme_shows_and_grows_with_the_variants() -> None:
    few, many = _overview("linear", "convolutional_denoising"), _overview(*NAMES)
    assert 900 <= 120 * many.get_figwidth() <= 1120
    assert many.get_figheight() > few.get_figheight()
