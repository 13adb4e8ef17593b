"""The pictures of a sweep, drawn from made-up trials."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sweeping import row

from hourglass.figures import style
from hourglass.figures.sweep import pictures
from hourglass.palette import of_variant
from hourglass.records.sweep import Trial


def sizes(dataset: str = "digits") -> list[Trial]:
    """linear with three seeds and PCA with one, each with three code sizes."""
    linear = [
        row("linear", size, seed, dataset=dataset, mse=0.1 / size + 0.001 * seed, collapsed=seed == 2 and size == 2)
        for size in (2, 8, 32)
        for seed in range(3)
    ]
    return linear + [row("pca", size, dataset=dataset, mse=0.05 / size, epochs=1) for size in (2, 8, 32)]


def noise() -> list[Trial]:
    """Two strengths of noise and a range."""
    return [
        row("denoising", seed=seed, grid="noise", sigma=sigma, **{"restored_sigma_0.3_psnr": 15.0 + seed})
        for sigma in ("0.1", "0.3", "0.1–0.3")
        for seed in range(2)
    ]


def labels(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize(
    ("trials", "names"),
    [
        ([], []),
        ([row("pca", 2), row("pca", 4)], ["rate-distortion", "classes"]),
        ([row("pca")], []),
        ([row("linear")], ["collapse"]),
        (sizes(), ["rate-distortion", "classes", "collapse"]),
        (noise(), ["restoration", "collapse"]),
        (sizes() + noise(), ["rate-distortion", "classes", "restoration", "collapse"]),
        (sizes("mnist"), []),
        ([replace(trial, results={}) for trial in sizes()], []),
    ],
    ids=("none", "pca", "one size of pca", "one training", "sizes", "noise", "both", "other data", "failed"),
)
def test_what_was_not_swept_is_not_drawn(trials: Sequence[Trial], names: list[str]) -> None:
    assert list(pictures(trials, "digits", {})) == names


def test_every_seed_and_their_mean_is_drawn_against_the_latent_dim() -> None:
    (ax,) = pictures(sizes(), "digits", {})["rate-distortion"].axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    means, _, _ = ax.containers[0].lines  # type: ignore[attr-defined]
    assert np.allclose(means.get_xydata(), [[size, 0.1 / size + 0.001] for size in (2, 8, 32)])
    each = [line for line in ax.lines if line.get_alpha() is not None]
    assert [list(line.get_ydata()) for line in each[:3]] == [
        pytest.approx([0.1 / size + 0.001 * seed for seed in range(3)]) for size in (2, 8, 32)
    ]
    assert labels(ax) == ["linear", "pca"]
    assert ax.get_title() == "sizes: 5 epochs, 3 seeds"


@pytest.mark.parametrize(
    ("places", "numbers"), [({}, (0, 1)), ({"a": 0, "pca": 1, "linear": 2}, (2, 1)), ({"linear": 4}, (4, 5))]
)
def test_a_variant_has_its_own_colour_and_one_that_is_gone_comes_last(
    places: dict[str, int], numbers: tuple[int, int]
) -> None:
    figures = pictures(sizes(), "digits", places)
    for ax in (*figures["rate-distortion"].axes, *figures["classes"].axes):
        drawn = [container.lines[0].get_color() for container in ax.containers]  # type: ignore[attr-defined]
        assert drawn == [of_variant(number) for number in numbers]


def test_what_was_published_of_mnist_is_drawn_with_mnist_alone() -> None:
    published = "Hinton & Salakhutdinov 2006"
    (mnist,) = pictures(sizes("mnist"), "mnist", {})["rate-distortion"].axes
    (digits,) = pictures(sizes(), "digits", {})["rate-distortion"].axes
    assert published in labels(mnist)
    assert published not in labels(digits)
    (line,) = [line for line in mnist.lines if line.get_label() == published]
    assert line.get_xydata() == pytest.approx(np.array([[30, 3 / 784]]))


def test_restoration_is_drawn_against_the_noise_with_what_was_not_restored() -> None:
    (ax,) = pictures(noise(), "digits", {})["restoration"].axes
    assert labels(ax) == ["left as they are", "trained at σ = 0.1", "trained at σ = 0.3", "trained at σ = 0.1–0.3"]
    (left,) = [line for line in ax.lines if line.get_label() == "left as they are"]
    assert np.allclose(left.get_xydata(), [[0.1, 20.0], [0.3, 10.5]])
    means, _, _ = ax.containers[0].lines  # type: ignore[attr-defined]
    assert np.allclose(means.get_xydata(), [[0.1, 20.0], [0.3, 15.5]])


def test_collapses_are_counted() -> None:
    (ax,) = pictures(sizes(), "digits", {})["collapse"].axes
    rows = [text.get_text() for text in ax.get_yticklabels()]
    assert rows == ["linear (sizes, 5 epochs)"]
    assert [text.get_text() for text in ax.texts] == ["1 of 3", "0 of 3", "0 of 3"]


def saved(figure: Figure, path: Path) -> bytes:
    style.save(figure, path)
    return path.read_bytes()


def test_the_same_trials_are_drawn_with_the_same_bytes(tmp_path: Path) -> None:
    trials = sizes("mnist") + [replace(trial, dataset="mnist") for trial in noise()]
    first, second = (
        {name: saved(figure, tmp_path / f"{name}.png") for name, figure in pictures(trials, "mnist", {}).items()}
        for _ in range(2)
    )
    assert first == second
    assert len(set(first.values())) == 4
