"""Test that the figures of one variant show its records."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from synthetic_variant import EMBEDDED, assert_nothing_is_cut_off, caption, draw, shows, variant

from hourglass.corruptions import TESTED
from hourglass.figures.variant import VariantData, pictured_epochs
from hourglass.images import Images
from hourglass.records import History
from hourglass.stats import stray_mixtures

Drawn = tuple[VariantData, dict[str, Figure]]


@pytest.fixture(scope="module")
def plain(digits: Images) -> Drawn:
    data = variant(digits)
    return data, draw(data)


@pytest.fixture(scope="module")
def occluded(digits: Images) -> Drawn:
    """Return the records of a variant with all figures but that of the latent plane."""
    terms = {f"{split}_{term}": [1.0, 2.0] for split in ("train", "test") for term in ("reconstruction", "kl")}
    data = replace(variant(digits, occluded=True), history=History([1, 2], terms))
    return data, draw(data)


def test_every_figure_has_a_title_and_a_caption_and_nothing_is_cut_off(plain: Drawn, occluded: Drawn) -> None:
    assert occluded[1].keys() - plain[1].keys() == {"corruptions", "embedding-in-domain", "loss-terms"}
    for figure in occluded[1].values():
        assert figure.get_suptitle().startswith("name: ")
        assert "digits" in figure.get_suptitle()
        assert caption(figure)
        assert_nothing_is_cut_off(figure)


def test_extreme_images_are_above_their_reconstructions(plain: Drawn) -> None:
    data, figures = plain
    figure, images = figures["best-and-worst"], data.images
    groups = ((images.best, images.best_images), (images.worst, images.worst_images))
    for panel, (indices, reconstructions) in enumerate(groups):
        assert shows(figure, torch.stack([data.test.images[indices], reconstructions]), panel)
        below = [label.get_text() for label in figure.axes[panel].get_xticklabels()]
        assert below == [f"{error:.4f}" for error in images.errors[indices]]


def test_embeddings_have_one_colour_per_class(plain: Drawn, occluded: Drawn) -> None:
    for figure, points in (
        (plain[1]["embedding"], plain[0].latent_images.embedding),
        (occluded[1]["embedding-in-domain"], occluded[0].latent_images.in_domain_embedding),
    ):
        (ax,) = figure.axes
        assert [text.get_text() for text in figure.legends[0].get_texts()] == list(plain[0].test.classes)
        assert len({tuple(part.get_facecolor()[0]) for part in ax.collections}) == 10
        for label, part in enumerate(ax.collections):
            assert np.allclose(part.get_offsets(), points[plain[0].test.labels[:EMBEDDED] == label])


def test_colour_images_of_many_classes_are_drawn_with_examples_of_twenty() -> None:
    pixels = torch.randint(256, (400, 3, 20, 24), generator=torch.Generator().manual_seed(0)).byte()
    names = tuple(f"letter {chr(ord('A') + label)}" for label in range(26))
    data = variant(Images(pixels, torch.arange(400).remainder(26).byte(), "digits", names), dims=2, snapshots=200)
    figures = draw(data)
    for name in ("embedding", "plane", "mixtures", "confusion", "by-epoch"):
        assert_nothing_is_cut_off(figures[name])
    assert [text.get_text() for text in figures["embedding"].legends[0].get_texts()] == list(names)
    left, right = figures["plane"].axes
    marks, plane = right.collections, data.latent_images.latent_plane
    (west, south), (east, north) = plane["low"].tolist(), plane["high"].tolist()
    assert left.images[0].get_extent() == [west, east, south, north]
    third = data.latent_images.embedding[data.test.labels[:EMBEDDED] == 3]
    assert np.allclose(marks[3].get_offsets(), third)
    assert len({(tuple(mark.get_facecolor()[0]), str(mark.get_paths()[0])) for mark in marks}) == 26
    assert shows(figures["plane"], plane["images"], gap=0)
    assert data.latent_images.mixtures.shape == (20, 20, 3, 20, 24)
    assert shows(figures["mixtures"], data.latent_images.mixtures)
    assert "25 of 26 class means" in caption(figures["mixtures"])
    first = data.test.first_of_each_class()
    rows = torch.stack([data.test.images[first], *data.snapshots.reconstructions[[1, 3, 4]][:, first]])
    assert rows.shape == (4, 20, 3, 20, 24)
    assert shows(figures["by-epoch"], rows)


def framed(figure: Figure) -> list[list[int]]:
    """Return row and column of each framed image of 28×28 pixels."""
    corners = [patch.get_xy() for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    return [[int(y) // 30, int(x) // 30] for x, y in corners]


def test_decoded_images_are_drawn_as_stored(plain: Drawn) -> None:
    data, figures = plain
    latent, test = data.latent_images, data.test
    assert shows(figures["mixtures"], latent.mixtures)
    strays = stray_mixtures(latent.mixture_predictions).nonzero().tolist()
    assert framed(figures["mixtures"]) == strays != []
    assert "9 of 10 class means are classified as their class (3 as 7)." in caption(figures["mixtures"])
    assert shows(figures["traversal"], latent.traversal)
    start, end = latent.ends.T
    images = torch.cat([test.images[start][:, None], latent.interpolations, test.images[end][:, None]], dim=1)
    assert shows(figures["interpolation"], images)
    ends = test.labels[latent.ends].tolist()
    others = [
        [row, step + 1]
        for row, predicted in enumerate(latent.interpolation_predictions.tolist())
        for step, label in enumerate(predicted)
        if label not in ends[row]
    ]
    assert framed(figures["interpolation"]) == others != []
    pairs = torch.stack([test.images[:100], latent.reconstructions], dim=1).reshape(10, 20, *test.shape)
    assert shows(figures["pairs"], pairs)
    for panel, (name, generated) in enumerate(latent.generated.items()):
        assert shows(figures["generation"], generated[None, :8], panel)
        assert f"{data.latent.metrics[f'frechet_{name}']:.1f}" in figures["generation"].axes[panel].get_title("left")


def test_corruptions_are_drawn_apart_and_together(occluded: Drawn) -> None:
    data, figures = occluded
    examples, figure = data.images.examples[:12:2], figures["corruptions"]
    original = data.test.images[examples]
    images = [original]
    for level, name in enumerate(TESTED):
        if name != "none":
            images += [data.corrupted[name][examples], data.images.reconstructions[level, :12:2]]
    assert shows(figure, torch.stack(images))
    error = ((images[1].float() - original.float()) / 255).square().mean().item()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[:2] == ["original", f"Gaussian\nnoise\n{-10 * math.log10(error):.1f} dB"]


@pytest.mark.parametrize("name", ["plain", "occluded"])
def test_images_are_shown_after_every_epoch_and_examples_of_classes_after_some(
    name: str, request: pytest.FixtureRequest
) -> None:
    data, figures = request.getfixturevalue(name)
    inputs = [] if data.clean else [data.inputs.images[0]]
    expected = torch.stack([*inputs, *data.snapshots.reconstructions[:, 0], data.test.images[0]])
    assert shows(figures["through-training"], expected[None])
    wrong = (data.images.predictions[:, 0] != data.test.labels[0]).sum()
    assert len(figures["through-training"].axes[0].patches) == wrong == 4  # framed
    first = data.test.first_of_each_class()
    inputs = [] if data.clean else [data.inputs.images[first]]
    epochs = [data.snapshots.reconstructions[epoch - 1][first] for epoch in (2, 4, 5)]
    assert shows(figures["by-epoch"], torch.stack([data.test.images[first], *inputs, *epochs]))


def test_terms_of_the_loss_and_their_sum_are_drawn(occluded: Drawn) -> None:
    total = occluded[1]["loss-terms"].axes[2]
    assert [list(line.get_ydata()) for line in total.lines] == [[2, 4], [2, 4]]  # type: ignore[call-overload]


def test_short_runs_have_figures_of_more_than_one_epoch() -> None:
    assert pictured_epochs(10, 10) == [2, 4, 6, 8, 10]
    assert pictured_epochs(50, 20) == [20, 40, 50]
    assert pictured_epochs(1, 10) == [1]
