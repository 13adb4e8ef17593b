"""Every picture of one variant shows what the records say, and no other images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up_results import SAMPLES, Results, caption_of, cells, same, sampled, title_of
from matplotlib.figure import Figure

from hourglass.figures import sheets, style
from hourglass.figures.variant import pictured
from hourglass.images import Images
from hourglass.records import History, Snapshots


@pytest.fixture(scope="module")
def results(digits: Images) -> Results:
    return Results(digits)


@pytest.fixture(scope="module")
def drawn(results: Results) -> dict[str, Figure]:
    return results.pictures()


def test_every_picture_has_its_name_and_its_title(drawn: dict[str, Figure]) -> None:
    assert {name: title_of(figure) for name, figure in drawn.items()} == {
        "best-and-worst": "own_name: what it does best and worst on digits",
        "map": "own_name: t-SNE of the codes of clean test images, digits",
        "mixtures": "own_name: class means and their mixtures, digits",
        "generation": "own_name: images from random codes, digits",
        "interpolation": "own_name: from one test image to another, digits",
        "pairs": "own_name: images, reconstructed, digits",
        "traversal": "own_name: what each code number does, digits",
        "confusion": (
            "own_name: classes taken for others, digits\nin what it makes of clean test images, its own input,\n"
            "by the verdict of the classifier, one classifier for all variants"
        ),
        "through-training": "own_name: one test image through training, digits",
        "epoch-002": "own_name: ten test samples after epoch 2",
        "epoch-004": "own_name: ten test samples after epoch 4",
        "epoch-005": "own_name: ten test samples after epoch 5",
    }


def test_the_best_and_the_worst_are_each_over_their_reconstructions(results: Results, drawn: dict[str, Figure]) -> None:
    figure, evaluated, test = drawn["best-and-worst"], results.evaluated, results.test
    for place, (chosen, images, words) in enumerate(
        ((evaluated.best, evaluated.best_images, "best"), (evaluated.worst, evaluated.worst_images, "worst"))
    ):
        ax = figure.axes[place]
        errors = evaluated.errors[chosen]
        assert ax.get_title() == f"the ten {words}: mean squared error {errors.mean():.4f} on average"
        above, below = sampled(figure, 2, 10, place)
        assert same(above, test.images[chosen])
        assert same(below, images)
        assert [label.get_text() for label in ax.get_xticklabels()] == [f"{error:.4f}" for error in errors]
        names = [label.get_text() for label in ax.child_axes[0].get_xticklabels()]
        assert names == [test.classes[label] for label in test.labels[chosen]]
    assert f"all 200 test images is {evaluated.errors.mean():.4f}," in caption_of(figure)
    assert f"the median {evaluated.errors.median():.4f}." in caption_of(figure)


def test_the_map_shows_the_places_of_each_class(results: Results, drawn: dict[str, Figure]) -> None:
    (ax,) = drawn["map"].axes
    assert ax.get_xlabel() == "t-SNE 1"
    for label, part in enumerate(ax.collections):
        of_class = results.test.labels[:SAMPLES] == label
        assert np.allclose(part.get_offsets(), results.latent.positions[of_class])
    assert "Codes of 60 clean test images, 4 numbers each." in caption_of(drawn["map"])
    assert f"tell the class of {results.analysis.map_knn:.0%}" in caption_of(drawn["map"])


def test_the_codes_of_a_corrupted_input_have_a_map_of_their_own(digits: Images) -> None:
    results = Results(digits, noisy=True)
    found, own = results.pictures(), results.analysis.own
    assert own is not None
    assert list(found)[1:4] == ["map", "map-own", "mixtures"]
    assert title_of(found["map"]) == "own_name: t-SNE of the codes of clean test images, digits"
    assert title_of(found["map-own"]) == "own_name: t-SNE of the codes of test images under occlusion, digits"
    for label, part in enumerate(found["map-own"].axes[0].collections):
        of_class = results.test.labels[:SAMPLES] == label
        assert np.allclose(part.get_offsets(), results.latent.own_positions[of_class])
    caption = caption_of(found["map-own"])
    assert "Codes of 60 test images under occlusion, 4 numbers each." in caption
    assert f"tell the class of {own.map_knn:.0%}" in caption
    assert f"trustworthiness {own.trustworthiness:.3f}" in caption
    told = f"under occlusion instead: gaussian {own.generation['gaussian']:.1f}, "
    assert told in caption_of(found["generation"])


def test_a_code_of_two_numbers_is_its_own_map_and_has_a_plane(digits: Images) -> None:
    results = Results(digits, size=2)
    found = results.pictures()
    assert list(found)[1:4] == ["map", "plane", "mixtures"]
    assert title_of(found["map"]) == "own_name: the codes of clean test images, digits"
    assert title_of(found["plane"]) == "own_name: the plane of codes, digits"
    assert found["map"].axes[0].get_xlabel() == "code number 1"
    left, right = found["plane"].axes
    plane = results.latent.plane_of_codes
    low, high = plane["low"].tolist(), plane["high"].tolist()
    assert left.images[0].get_extent() == [low[0], high[0], low[1], high[1]]
    assert same(cells(found["plane"], 20, 20, gaps=(0, 0)), plane["images"])
    assert sum(len(part.get_offsets()) for part in right.collections) == SAMPLES
    third = results.latent.positions[results.test.labels[:SAMPLES] == 3]
    assert np.allclose(right.collections[3].get_offsets(), third)


def test_mixtures_and_sweeps_are_drawn_as_they_were_decoded(results: Results, drawn: dict[str, Figure]) -> None:
    kept = results.latent
    assert same(cells(drawn["mixtures"], 10, 10), kept.mixtures)
    assert "the class of 9 of these 10 (it takes 3 as 7)" in caption_of(drawn["mixtures"])
    assert same(cells(drawn["traversal"], 4, 9), kept.swept)
    texts = [text.get_text() for text in drawn["traversal"].axes[0].texts]
    for unit in range(4):
        low, high = float(kept.swept_low[unit]), float(kept.swept_high[unit])
        assert texts[unit] == f"code {unit + 1} ({low:#.2g} … {high:#.2g})".replace("-", "−")
    assert "Every code number swept" in caption_of(drawn["traversal"])


def test_every_way_of_drawing_codes_has_its_images_and_its_distance(digits: Images) -> None:
    results = Results(digits)
    found = results.analysis.decoded.generation
    ways = ["uniform", "gaussian", "mixture"]  # in the order of the distances, whatever that of the images
    distances = {way: found[way] for way in (*ways, "training_images")}
    decoded = results.analysis.decoded.model_copy(update={"generation": distances})
    results.analysis = results.analysis.model_copy(update={"decoded": decoded})
    figure = results.pictures()["generation"]
    texts = [text.get_text() for text in figure.texts]
    heads = [text for text in texts if "· Fréchet" in text]
    assert [head.split(":")[0] for head in heads] == ways
    for place, (way, head) in enumerate(zip(ways, heads, strict=True)):
        assert head.endswith(f"distance {distances[way]:.1f}")
        assert same(cells(figure, 1, 8, place, gaps=(0, 3))[0], results.latent.generated[way][:8])
        first = results.latent.generated_codes[way][0, 0].item()
        assert figure.axes[place].texts[0].get_text().replace("−", "-").split()[0] == f"{first:.2f}"
    assert f"training images: {distances['training_images']:.1f}, the floor" in texts


def test_lines_lie_between_the_images_that_they_lead_to(results: Results, drawn: dict[str, Figure]) -> None:
    kept, test, figure = results.latent, results.test, drawn["interpolation"]
    pixels = torch.from_numpy(np.array(figure.axes[0].images[0].get_array()))
    starts = sheets.places(11, 28, 2, apart=(1, 10))[:-1]
    shown = torch.stack([pixels[:28, left : left + 28] for left in starts])
    start, end = kept.ends[0]
    assert same(shown[0], test.images[start])
    assert same(shown[1:-1], kept.lines[0])
    assert same(shown[-1], test.images[end])
    texts = [text.get_text() for text in figure.axes[0].texts]
    names = [[test.classes[label] for label in test.labels[side]] for side in kept.ends.T]
    assert texts[:14] == [*names[0], *names[1]]
    assert "that class in 9 of 27 decoded images. Between two classes it sees one of the two in 2 of 36" in caption_of(
        figure
    )


def test_pairs_are_test_images_with_their_reconstructions_and_errors(
    results: Results, drawn: dict[str, Figure]
) -> None:
    pixels = torch.from_numpy(np.array(drawn["pairs"].axes[0].images[0].get_array()))
    assert same(pixels[:28, :28], results.test.images[0])
    assert same(pixels[:28, 29:57], results.latent.pairs[0])
    errors = results.evaluated.errors[:100]
    assert f"[0, 1]: {errors.mean():.4f} on average, {errors.min():.4f} in the best" in caption_of(drawn["pairs"])


@pytest.mark.parametrize("noisy", [False, True])
def test_after_every_few_epochs_the_first_image_of_each_class_is_shown(digits: Images, noisy: bool) -> None:
    results = Results(digits, noisy=noisy)
    first = results.test.first_of_each_class()
    found = results.pictures()
    assert [name for name in found if "epoch-" in name] == ["epoch-002", "epoch-004", "epoch-005"]
    for epoch in (2, 4, 5):
        figure = found[f"epoch-{epoch:03d}"]
        reconstructed, original = results.kept.reconstructions[epoch - 1][first], results.test.images[first]
        expected = {"test image": original, "reconstruction": reconstructed}
        if noisy:
            given = results.inputs.images[first]
            expected = {"noisy input": given, "reconstruction": reconstructed, "original": original}
        (ax,) = figure.axes
        assert [label.get_text() for label in ax.get_yticklabels()] == list(expected)
        assert same(sampled(figure, len(expected), 10), torch.stack(list(expected.values())))
        assert [label.get_text() for label in ax.child_axes[0].get_xticklabels()] == list(results.test.classes)


@pytest.mark.parametrize("noisy", [False, True])
def test_one_image_is_followed_through_training(digits: Images, noisy: bool) -> None:
    results = Results(digits, noisy=noisy)
    figure = results.pictures()["through-training"]
    above = [text.get_text() for text in figure.axes[0].texts if not text.get_text().startswith("0.")]
    label = results.test.classes[results.test.labels[0]]
    assert above == [*["given"] * noisy, "epoch\n1", "2", "3", "4", "5", "original"] + [""] * noisy + [f"\n{label}"]
    below = [text.get_text().partition("\n")[2] for text in figure.axes[0].texts if text.get_text().startswith("0.")]
    assert below == [results.test.classes[label] for label in results.evaluated.verdicts[:, 0]]
    assert len(figure.axes[0].patches) == int((results.evaluated.verdicts[:, 0] != results.test.labels[0]).sum()) == 4
    pixels = torch.from_numpy(np.array(figure.axes[0].images[0].get_array()))
    starts = sheets.places(6 + noisy, 28, 2, apart=(int(noisy), 5 + noisy))[:-1]
    shown = torch.stack([pixels[:, left : left + 28] for left in starts])
    expected = [*[results.inputs.images[0]] * noisy, *results.kept.reconstructions[:, 0], results.test.images[0]]
    assert same(shown, torch.stack(expected))


def test_the_confusion_is_of_what_the_variant_makes_of_its_own_input(digits: Images) -> None:
    results = Results(digits, noisy=True)
    figure = results.pictures()["confusion"]
    counts = results.evaluated.confusion
    assert np.allclose(figure.axes[0].images[0].get_array(), 100 * counts / counts.sum(dim=1, keepdim=True))
    assert "in what it makes of test images with occlusion, its own input,\n" in title_of(figure)


@pytest.mark.parametrize(
    ("epochs", "every", "expected"),
    [
        (10, 10, [2, 4, 6, 8, 10]),
        (7, 10, [2, 4, 6, 7]),
        (12, 10, [10, 12]),
        (20, 25, list(range(2, 21, 2))),
        (21, 25, [21]),
        (50, 20, [20, 40, 50]),
        (1, 10, [1]),
    ],
)
def test_a_short_training_has_more_than_one_picture(epochs: int, every: int, expected: list[int]) -> None:
    assert pictured(epochs, every) == expected


def test_classes_that_are_not_among_the_kept_images_are_left_out(digits: Images) -> None:
    results = Results(digits, kept=6)
    first = results.test.first_of_each_class()
    there = [label for label in range(10) if first[label] < 6]
    assert 1 < len(there) < 10
    figure = results.pictures()["epoch-005"]
    assert title_of(figure) == f"own_name: {len(there)} test samples after epoch 5"
    top = figure.axes[0].child_axes[0]
    assert [text.get_text() for text in top.get_xticklabels()] == [results.test.classes[label] for label in there]
    expected = torch.stack([results.test.images[first[there]], results.kept.reconstructions[4][first[there]]])
    assert same(sampled(figure, 2, len(there)), expected)


def test_a_closed_form_has_one_picture_of_its_training(digits: Images) -> None:
    results = Results(digits)
    results.kept = Snapshots(results.kept.reconstructions[:1])
    results.evaluated = replace(results.evaluated, verdicts=results.evaluated.verdicts[:1])
    found = results.pictures(closed_form=True)
    assert [name for name in found if "epoch" in name] == ["epoch-001"]
    assert "fitted in closed form" in caption_of(found["through-training"])
    assert "there was one epoch" in caption_of(results.pictures()["through-training"])


def test_the_same_records_give_the_same_bytes(results: Results, tmp_path: Path) -> None:
    for folder in ("first", "again"):
        for name, figure in results.pictures().items():
            style.save(figure, tmp_path / folder / f"{name}.png")
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_variational_loss_is_drawn_term_by_term(results: Results) -> None:
    columns = {f"{split}_{term}": [1.0, 2.0] for split in ("train", "test") for term in ("reconstruction", "kl")}
    drawn = results.pictures(history=History([1, 2], columns))
    assert title_of(drawn["loss-terms"]) == "own_name: what the loss is made of, digits"
