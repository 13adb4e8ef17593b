"""Test that the figures of one variant show its records."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from synthetic_variant import EMBEDDED, assert_nothing_is_cut_off, caption, draw, shows, variant

from hourglass.corruptions import TESTED, Corruption
from hourglass.figures import decoded, style
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
    data = variant(digits, occluded=True)
    return data, draw(data)


def test_every_figure_has_a_title_and_a_caption(plain: Drawn) -> None:
    _, figures = plain
    assert [name for name in figures if name != "by-epoch"] == [
        "best-and-worst",
        "embedding",
        "mixtures",
        "generation",
        "interpolation",
        "pairs",
        "traversal",
        "confusion",
        "through-training",
    ]
    for figure in figures.values():
        assert figure.get_suptitle().startswith("name: ")
        assert "digits" in figure.get_suptitle()
        assert caption(figure)


def test_nothing_is_cut_off(plain: Drawn, occluded: Drawn) -> None:
    for _, figures in (plain, occluded):
        for figure in figures.values():
            assert_nothing_is_cut_off(figure)


def test_equal_records_give_equal_bytes(plain: Drawn, tmp_path: Path) -> None:
    for folder in ("first", "again"):
        figures = draw(plain[0])  # as a figure that was drawn before may be laid out in another way
        for name in ("best-and-worst", "generation", "embedding"):
            style.save(figures[name], tmp_path / folder / f"{name}.png")
    for name in ("best-and-worst", "generation", "embedding"):
        first, second = ((tmp_path / folder / f"{name}.png").read_bytes() for folder in ("first", "again"))
        assert first == second
        assert first.startswith(b"\x89PNG")


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
    marks = figures["plane"].axes[1].collections
    assert len({(tuple(mark.get_facecolor()[0]), str(mark.get_paths()[0])) for mark in marks}) == 26
    assert shows(figures["plane"], data.latent_images.latent_plane["images"], gap=0)
    assert data.latent_images.mixtures.shape == (20, 20, 3, 20, 24)
    assert shows(figures["mixtures"], data.latent_images.mixtures)
    assert "25 of 26 class means" in caption(figures["mixtures"])
    first = data.test.first_of_each_class()
    rows = torch.stack([data.test.images[first], *data.snapshots.reconstructions[[1, 3, 4]][:, first]])
    assert rows.shape == (4, 20, 3, 20, 24)
    assert shows(figures["by-epoch"], rows)


def test_in_domain_results_are_described(occluded: Drawn) -> None:
    data, figures = occluded
    in_domain = data.latent.in_domain
    assert in_domain is not None
    assert f"{in_domain.embedding.knn:.0%}" in caption(figures["embedding-in-domain"])
    assert f"gaussian {data.latent.metrics['in_domain_frechet_gaussian']:.1f}" in caption(figures["generation"])


def test_two_latent_dimensions_are_drawn_as_a_plane(digits: Images) -> None:
    data = variant(digits, dims=2)
    figures = draw(data)
    assert figures["embedding"].axes[0].get_xlabel() == "latent dimension 1"
    left, right = figures["plane"].axes
    plane = data.latent_images.latent_plane
    low, high = plane["low"].tolist(), plane["high"].tolist()
    assert left.images[0].get_extent() == [low[0], high[0], low[1], high[1]]
    assert shows(figures["plane"], plane["images"][:, :, None], gap=0)
    third = data.latent_images.embedding[data.test.labels[:EMBEDDED] == 3]
    assert np.allclose(right.collections[3].get_offsets(), third)
    assert_nothing_is_cut_off(figures["plane"])


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


def test_confusion_is_in_percent_of_the_true_class(plain: Drawn) -> None:
    data, figures = plain
    counts, (image,) = data.images.confusion, figures["confusion"].axes[0].images
    assert np.allclose(image.get_array(), 100 * counts / counts.sum(dim=1, keepdim=True))
    assert image.get_clim() == (0, 100)
    assert "Most frequent error: 3 as 8 (20 %)." in caption(figures["confusion"])


@pytest.mark.parametrize("name", ["plain", "occluded"])
def test_one_image_is_shown_after_every_epoch(name: str, request: pytest.FixtureRequest) -> None:
    data, figures = request.getfixturevalue(name)
    inputs = [] if data.clean else [data.inputs.images[0]]
    expected = torch.stack([*inputs, *data.snapshots.reconstructions[:, 0], data.test.images[0]])
    assert shows(figures["through-training"], expected[None])
    wrong = (data.images.predictions[:, 0] != data.test.labels[0]).sum()
    assert len(figures["through-training"].axes[0].patches) == wrong == 4  # framed


def test_corruptions_are_drawn_apart_and_together(occluded: Drawn) -> None:
    data, figures = occluded
    assert "corruptions" not in draw(replace(data, inputs=replace(data.inputs, corruption=Corruption("none"))))
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
    assert "(standard deviation 0.3, side 5 pixels)" in caption(figure)


def test_pairs_of_variants_have_through_training_of_one_size(digits: Images) -> None:
    """Figures of two variants can stand side by side, whichever classes they name."""
    original = digits.images[0]
    names = ("T-shirt/top", "Coat")
    reconstructions = torch.zeros(60, *digits.shape).byte()
    sizes = {
        tuple(
            decoded.through_training(
                original[None], reconstructions, original, torch.full((60,), predicted), 1, names, "title"
            ).get_size_inches()
        )
        for predicted in (0, 1)
    }
    assert len(sizes) == 1


@pytest.mark.parametrize("name", ["plain", "occluded"])
def test_examples_of_every_class_are_shown_after_some_epochs(name: str, request: pytest.FixtureRequest) -> None:
    data, figures = request.getfixturevalue(name)
    first = data.test.first_of_each_class()
    inputs = [] if data.clean else [data.inputs.images[first]]
    epochs = [data.snapshots.reconstructions[epoch - 1][first] for epoch in (2, 4, 5)]
    assert shows(figures["by-epoch"], torch.stack([data.test.images[first], *inputs, *epochs]))


def test_classes_without_a_snapshot_are_left_out(plain: Drawn) -> None:
    data = plain[0]
    few = replace(data, snapshots=replace(data.snapshots, reconstructions=data.snapshots.reconstructions[:, :6]))
    first = few.test.first_of_each_class()
    first = first[first < 6]
    assert 1 < len(first) < 10
    images = torch.stack([few.test.images[first], *few.snapshots.reconstructions[[1, 3, 4]][:, first]])
    assert shows(draw(few)["by-epoch"], images)


def test_terms_of_the_loss_are_drawn_if_they_are_known(plain: Drawn) -> None:
    columns = {f"{split}_{term}": [1.0, 2.0] for split in ("train", "test") for term in ("reconstruction", "kl")}
    figure = draw(replace(plain[0], history=History([1, 2], columns)))["loss-terms"]
    assert [list(line.get_ydata()) for line in figure.axes[2].lines] == [[2, 4], [2, 4]]  # type: ignore[call-overload]
    assert_nothing_is_cut_off(figure)


@pytest.mark.parametrize(
    ("epochs", "every", "expected"),
    [
        (10, 10, [2, 4, 6, 8, 10]),
        (12, 10, [10, 12]),
        (20, 25, list(range(2, 21, 2))),
        (50, 20, [20, 40, 50]),
        (1, 10, [1]),
    ],
)
def test_short_runs_have_figures_of_more_than_one_epoch(epochs: int, every: int, expected: list[int]) -> None:
    assert pictured_epochs(epochs, every) == expected
