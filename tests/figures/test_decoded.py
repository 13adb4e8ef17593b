"""Pictures of what a model makes of codes and images; their captions are computed."""

from collections.abc import Callable

import pytest
import torch
from matplotlib.figure import Figure
from tidy import assert_tidy
from torch import Tensor

from hourglass.datasets import DATASETS
from hourglass.figures import decoded
from hourglass.figures.decoded import Seen
from hourglass.figures.generation import Drawn, generation, values
from hourglass.images import Images, to_float

FASHION = DATASETS["fashion_mnist"].classes


def _grid(rows: int, columns: int) -> Tensor:
    return torch.rand(rows, columns, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def _caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def _framed(figure: Figure) -> list[int]:
    """Which images of a strip, from the left, have a frame."""
    lefts = sorted(text.xy[0] - 14 for text in figure.axes[0].texts if text.xy[1] == 0)  # an image is 28 wide
    return [lefts.index(frame.get_x() + 1) for frame in figure.axes[0].patches]


def _interpolation() -> Figure:
    labels = torch.tensor([[9, 9], [0, 4]])
    seen = torch.tensor([[9, 9, 9, 7, 9], [0, 0, 2, 4, 4]])
    ends = (255 * _grid(2, 2)).byte().squeeze(2)
    return decoded.interpolation(ends, _grid(2, 5), labels, seen, FASHION, "lines")


def _mixtures() -> Figure:
    seen = torch.arange(10)
    seen[6] = 2
    return decoded.mixtures(_grid(10, 10), seen, FASHION, "mixtures")


def _traversal() -> Figure:
    images = _grid(3, 1).expand(3, 9, 1, 28, 28).clone()
    images[1, -1] = 1 - images[1, 0].round()
    ranges = ([-1.234, 0.0, 120.0], [2.4, 0.3, 1234.0])
    return decoded.traversal(images, [0, 2, 11], ranges, [True, True, False], 12, "sweeps")


def _training() -> Figure:
    original = (255 * _grid(1, 1)).byte().reshape(28, 28)
    steps = torch.stack([(original * (1 - 0.5 / epoch)).byte() for epoch in range(1, 61)])
    # under the most images the longest names of a data set, next to each other
    return decoded.through_training(
        original, original.flip(0), steps, Seen(torch.full((60,), 7), 9, FASHION), "learning"
    )


def _generation(size: int, code: str = "none") -> Figure:
    codes = 5 * torch.randn(20, size, generator=torch.Generator().manual_seed(0))
    ways = {
        name: Drawn(codes, _grid(20, 1).squeeze(1), distance)
        for name, distance in (("prior", 9.0), ("gaussian", 8.0), ("mixture", 7.0), ("uniform", 1234.5))
    }
    own = " Fitted to the codes of training images under noise and occlusion instead: gaussian 10.5, mixture 9.1."
    return generation(ways, 0.5, "random codes", code, own)


PICTURES: dict[str, Callable[[], Figure]] = {
    "interpolation": _interpolation,
    "mixtures": _mixtures,
    "traversal": _traversal,
    "training": _training,
    "codes of 2": lambda: _generation(2),
    "codes of 8": lambda: _generation(8),
    "codes of 10": lambda: _generation(10),
    "codes of 32": lambda: _generation(32),
    "softmax codes": lambda: _generation(10, "softmax"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_touches_another_or_an_image(name: str) -> None:
    assert_tidy(PICTURES[name]())


ALIKE: dict[str, Callable[[Tensor], Figure]] = {
    "pairs": lambda images: decoded.pairs((255 * _grid(20, 1)).byte().reshape(20, 28, 28), images, torch.ones(20), ""),
    "interpolation": lambda images: decoded.interpolation(
        torch.zeros(2, 2, 28, 28, dtype=torch.uint8),
        images.unflatten(0, (2, 10)),
        torch.zeros(2, 2).byte(),
        torch.zeros(2, 10).byte(),
        FASHION,
        "",
    ),
    "mixtures": lambda images: decoded.mixtures(
        images[:16].unflatten(0, (4, 4)), torch.arange(4), FASHION[:4], "mixtures"
    ),
    "traversal": lambda images: decoded.traversal(
        images.unflatten(0, (4, 5)), [0, 1, 2, 3], ([0.0] * 4, [1.0] * 4), [True] * 4, 4, ""
    ),
    "generation": lambda images: generation({"prior": Drawn(torch.ones(20, 2), images, 1)}, 0.5, ""),
}


@pytest.mark.parametrize("name", ALIKE)
def test_images_as_stored_are_drawn_like_those_of_a_network(name: str) -> None:
    stored = (255 * _grid(20, 1)).byte().reshape(20, 28, 28).flip(2)
    first, second = (ALIKE[name](images) for images in (stored, to_float(stored)))
    for ax, other in zip(first.axes, second.axes, strict=True):
        assert (ax.images[0].get_array() == other.images[0].get_array()).all()
    assert _caption(first) == _caption(second)


def test_pairs_have_the_image_on_the_left_and_the_errors_in_the_caption(digits: Images) -> None:
    images = digits.images[:100]
    reconstructions = to_float(images).clone()
    reconstructions[37] = 1 - reconstructions[37]
    worst = (2 * to_float(images[37]) - 1).square().mean().item()
    reconstructions[:, 0, 0, 0] += 0.01  # so that no other pair is perfect
    reconstructions[12, 0, 0, 0] -= 0.01
    errors = (to_float(images) - reconstructions).square().mean(dim=(1, 2, 3))
    figure = decoded.pairs(images, reconstructions, errors, "pairs")
    pixels = figure.axes[0].images[0].get_array()
    assert pixels is not None
    assert (pixels[:28, :28] == to_float(images)[0, 0].numpy()).all()
    assert (pixels[99 : 99 + 28, -28:] == reconstructions[39, 0].clamp(0, 1).numpy()).all()
    caption = _caption(figure)
    assert "100 test images" in caption
    assert "0.0000 in the best pair (row 2, pair 3)" in caption
    assert f"{worst:.4f} in the worst (row 4, pair 8)" in caption


def test_interpolation_names_the_classes_at_both_ends_and_says_what_lies_between() -> None:
    figure = _interpolation()
    assert _texts(figure) == [
        *("Ankle boot", "T-shirt/top", "Ankle boot", "Coat"),
        *("image", "0", "1/4", "1/2", "3/4", "1", "image"),
    ]
    assert "that class in 4 of 5 decoded images" in _caption(figure)
    assert "one of the two in 4 of 5" in _caption(figure)


def test_mixtures_name_all_classes_frame_the_means_and_say_which_are_not_told() -> None:
    figure = _mixtures()
    assert _texts(figure) == [*FASHION, *FASHION]
    frames = figure.axes[0].patches
    assert [(frame.get_x(), frame.get_y()) for frame in frames] == [(30 * place - 1,) * 2 for place in range(10)]
    assert "the class of 9 of these 10 (it takes Shirt as Pullover)" in _caption(figure)


def test_a_sweep_names_unit_and_range_and_says_which_are_dead() -> None:
    figure = _traversal()
    assert _texts(figure)[:3] == ["code 1 (−1.2 … 2.4)", "code 3 (0.0 … 0.30)", "code 12 (120 … 1234)\ndead"]
    assert "The 3 of 12 code numbers that vary most" in _caption(figure)
    assert "Number 3 changes the image most" in _caption(figure)
    assert "dead, the same for every image: 12" in _caption(figure)


def test_training_is_shown_at_about_ten_epochs_always_with_the_last() -> None:
    assert decoded.milestones(1) == [1]
    assert decoded.milestones(10) == list(range(1, 11))
    assert decoded.milestones(50) == [1, 2, 3, 5, 10, 15, 20, 30, 40, 50]
    assert decoded.milestones(55)[-2:] == [50, 55]
    assert decoded.milestones(200)[-2:] == [60, 200]


def test_training_shows_what_was_given_every_epoch_with_its_error_its_class_and_the_original() -> None:
    original = torch.full((28, 28), 200, dtype=torch.uint8)
    steps = torch.stack([torch.full((28, 28), value, dtype=torch.uint8) for value in (98, 149, 200)])
    figure = decoded.through_training(original, original, steps, Seen(torch.tensor([9, 0, 1]), 9, FASHION), "learning")
    below = ["", "0.1600\nAnkle\nboot", "0.0400\nT-shirt/\ntop", "0.0000\nTrouser", "\nAnkle\nboot"]
    assert _texts(figure) == ["given", "epoch\n1", "2", "3", "original", *below]
    assert _framed(figure) == [2, 3]
    assert "framed where it is not the original's: after 2 of 3 epochs." in _caption(figure)
    assert "from 0.1600 after epoch 1 to 0.0000 after epoch 3" in _caption(figure)
    assert "first within 10 % of that after epoch 3, best (0.0000) after epoch 3" in _caption(figure)
    seen = Seen(torch.tensor([8]), 2, FASHION)
    figure = decoded.through_training(original, None, steps[:1], seen, "learning", closed_form=True)
    assert _texts(figure) == ["fitted", "original", "0.1600\nBag", "\nPullover"]
    assert _framed(figure) == [0]
    assert _caption(figure).endswith("framed where it is not the original's.")


def test_of_many_epochs_those_in_the_picture_are_named_and_all_are_counted() -> None:
    steps = torch.zeros(60, 28, 28, dtype=torch.uint8)
    verdicts = torch.full((60,), 9)
    verdicts[[0, 10, 19, 58]] = 7  # epochs 1 and 20 are in the picture, 11 and 59 are not
    figure = decoded.through_training(steps[0], None, steps, Seen(verdicts, 9, FASHION), "learning")
    assert _framed(figure) == [0, 6]
    names = [text.partition("\n")[2] for text in _texts(figure) if text.startswith("0.")]
    assert [place for place, name in enumerate(names) if name == "Sneaker"] == [0, 6]
    assert "after 4 of 60 epochs." in _caption(figure)


def test_shares_that_are_next_to_nothing_are_not_told_to_two_digits() -> None:
    figure = decoded.traversal(_grid(2, 5), [0, 1], ([3.7e-17, 0.0], [9.9e-5, 1.1e-4]), [False, True], 2, "sweeps")
    assert _texts(figure)[:2] == ["code 1 (< 0.0001 … < 0.0001)\ndead", "code 2 (0.0 … 0.00011)"]


def test_shares_are_swept_against_each_other_and_other_numbers_by_themselves() -> None:
    for code, said in (("none", "the others at their mean."), ("softmax", "the others in their mean proportions.")):
        figure = decoded.traversal(_grid(1, 5), [0], ([0.0], [1.0]), [True], 1, "sweeps", code)
        assert said in _caption(figure)


def test_every_way_of_drawing_codes_is_named_with_its_distance() -> None:
    figure = _generation(10)
    texts = [text.get_text() for text in figure.texts]
    for way, distance in (("prior", "9.0"), ("gaussian", "8.0"), ("mixture", "7.0"), ("uniform", "1234.5")):
        assert any(text.startswith(f"{way}: ") and text.endswith(f"Fréchet distance {distance}") for text in texts)
    assert [len(ax.texts) for ax in figure.axes] == [8] * 4  # the values of the codes, over the images of each way
    assert {ax.images[0].get_clim() for ax in figure.axes} == {(0, 1)}
    assert "training images: 0.5, the floor" in texts
    assert "Nearest to real images: mixture." in _caption(figure)
    assert _caption(figure).endswith("instead: gaussian 10.5, mixture 9.1.")
    assert "the first 12" not in _caption(figure)
    assert "Of 32 values the first 12 are given." in _caption(_generation(32))


@pytest.mark.parametrize(
    ("code", "said"), [("none", ""), ("gaussian", ""), ("relu", "below 0 counts as 0"), ("softmax", "sum to 1")]
)
def test_what_ties_the_numbers_of_a_code_is_said_where_they_are_drawn(code: str, said: str) -> None:
    caption = _caption(_generation(10, code))
    assert [words for words in ("below 0 counts as 0", "sum to 1") if words in caption] == ([said] if said else [])


def test_values_of_a_code_are_read_in_twos() -> None:
    assert values([0.126, -1.5, 23.456]) == " 0.13 −1.50\n23.46      "
    assert values([-0.001, -23.456, 1234.5]) == " 0.00 −23.5\n 1234      "
    assert values([1.0] * 13).count("\n") == 6
    assert values([1.0] * 13).endswith("…")
